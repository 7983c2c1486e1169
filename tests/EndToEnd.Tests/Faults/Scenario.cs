using EndToEnd.Tests.Provisioning;
using Provisioning.Resources;
using TestPostgres;

namespace EndToEnd.Tests.Faults;

/// <summary>Something that a user does to a cluster, and what it must end in wherever the controller dies meanwhile.</summary>
internal abstract class Scenario(KillWorld world) : IAsyncDisposable
{
    /// <summary>What kine does at its start, and one row that must not be lost.</summary>
    protected const string KineStarts = "CREATE TABLE IF NOT EXISTS kine (id bigserial PRIMARY KEY, name text); INSERT INTO kine (name) VALUES ('/registry/one')";

    private readonly List<TestPostgresServer> servers = [];

    /// <summary>Of every scenario's cluster.</summary>
    public const string Name = "berlin";

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected KillWorld World => world;

    /// <summary>Less than the fault points that it must have: fewer, and the test would prove nothing.</summary>
    public abstract int LeastFaultPoints { get; }

    /// <summary>More of the product's configuration, for every controller of the scenario. Default: nothing.</summary>
    public virtual IReadOnlyList<(string Key, string Value)> Settings => [];

    /// <summary>Clusters to which it can happen, each in a namespace of its own, with no controller running.</summary>
    public abstract Task<IReadOnlyList<KilledCluster>> PrepareAsync(int count);

    /// <summary>What the user does.</summary>
    public abstract Task BeginAsync(KilledCluster cluster);

    /// <summary>What holds at every moment, also while no controller runs.</summary>
    public virtual Task AssertAlwaysAsync(KilledCluster cluster) => Task.CompletedTask;

    /// <summary>Waits for the end, and looks at all that must be true then.</summary>
    public abstract Task AssertEndAsync(KilledCluster cluster);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var server in servers)
        {
            await server.DisposeAsync();
        }
    }

    /// <summary>One more server, for as long as the scenario.</summary>
    protected async Task<TestPostgresServer> StartServerAsync(TestPostgresOptions options)
    {
        var server = await TestPostgresServer.StartAsync(options, Token);
        servers.Add(server);
        return server;
    }

    /// <summary>Namespaces with what a user applies before the first cluster.</summary>
    protected async Task<IReadOnlyList<KilledCluster>> CreateNamespacesAsync(int count)
    {
        var clusters = new List<KilledCluster>();
        for (var number = 0; number < count; number++)
        {
            var tenant = await TenantNamespace.CreateAsync(world.World);
            await tenant.ApplyDataSourceAsync();
            clusters.Add(new KilledCluster(tenant, world.World.Server));
        }

        return clusters;
    }

    /// <summary>Clusters that run: ready, and with kine's row.</summary>
    protected async Task<IReadOnlyList<KilledCluster>> CreateRunningAsync(int count)
    {
        var clusters = await CreateNamespacesAsync(count);
        foreach (var cluster in clusters)
        {
            await cluster.Tenant.CreateClusterDeploymentAsync(Name, "main");
        }

        await using var controller = ControllerProcess.Start(world.Kubeconfig);
        foreach (var cluster in clusters)
        {
            await cluster.Tenant.WaitUntilReadyAsync(Name);
            await cluster.Tenant.QueryAsync(Name, KineStarts);
        }

        Assert.Equal(0, await controller.StopAsync(Token));
        return clusters;
    }
}

/// <summary>One cluster whose controller dies.</summary>
/// <param name="Tenant">Its namespace, in which it is alone.</param>
/// <param name="Server">Where its database must be at the end.</param>
internal sealed record KilledCluster(TenantNamespace Tenant, TestPostgresServer Server)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The ClusterDataSource.</summary>
    public async Task<ClusterDataSource> FindAsync() =>
        await Tenant.FindAsync<ClusterDataSource>(Scenario.Name) ?? throw new InvalidOperationException("The ClusterDataSource is gone.");

    /// <summary>Waits for an Event about the cluster.</summary>
    public Task WaitForEventAsync(string reason)
    {
        IReadOnlyList<string> reasons = [];
        return TenantNamespace.PollAsync(
            async () => (reasons = await Tenant.EventReasonsAsync(Scenario.Name)).Contains(reason, StringComparer.Ordinal),
            () => $"no Event {reason}, only {string.Join(", ", reasons)}");
    }

    /// <summary>The roles and databases of this cluster on its server; there may be no other with the namespace's name in theirs.</summary>
    public async Task<(string? Roles, string? Databases)> ReadNamesAsync()
    {
        var pattern = $"%{Tenant.Name.Replace('-', '_')}%";
        return (
            await Server.QueryAsync<string>($"SELECT string_agg(rolname::text, ',' ORDER BY rolname) FROM pg_roles WHERE rolname LIKE '{pattern}'", Token),
            await Server.QueryAsync<string>($"SELECT string_agg(datname::text, ',' ORDER BY datname) FROM pg_database WHERE datname LIKE '{pattern}'", Token));
    }
}
