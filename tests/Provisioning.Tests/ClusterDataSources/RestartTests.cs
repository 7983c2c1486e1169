using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Provisioning.ClusterDataSources;
using Provisioning.Kubernetes;
using Provisioning.Resources;
using Provisioning.Tests.Postgres;
using TestPostgres;

namespace Provisioning.Tests.ClusterDataSources;

/// <summary>
/// What a restart costs a real server when everything is ready already, counted in its own log: however many clusters it has, a handful of
/// queries and no session in a cluster's database.
/// </summary>
public sealed partial class RestartTests
{
    private const int Count = 24;

    private static readonly TestPostgresOptions Talkative = new()
    {
        Configuration = ["log_connections = on", "log_statement = 'all'", "log_line_prefix = '%q(%d by %a) '"],
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_restart_reads_one_catalogue_and_enters_no_clusters_database()
    {
        await using var server = await TestPostgresServer.StartAsync(Talkative, Token);
        var world = new RealWorld(Servers.SharedCatalogues(new ManualTimeProvider()));
        world.Use(server, "restart");
        var names = AddClusters(world.World);
        await RunAllAsync(world.World, names);
        Assert.All(world.World.Kubernetes.All<ClusterDataSource>(), found => Assert.True(found.Status is { Ready: true, Error: null }, $"{found.Key}: {found.Status}"));
        world.World.CacheCatchesUp();
        world.World.Kubernetes.Reads.Clear();
        world.World.Kubernetes.ForgetWrites();
        var before = await server.ReadLogAsync(Token);

        await RunAllAsync(world.World, names);

        var sessions = Sessions(await server.ReadLogAsync(Token), before);
        Assert.Equal(names.Count + 1, Sessions(before, "").Count);
        Assert.Equal(["postgres"], sessions);
        Assert.InRange(Statements(await server.ReadLogAsync(Token), before), 3, 10);
        Assert.Empty(world.World.Kubernetes.Writes);
        Assert.Equal(3 + names.Count, world.World.Kubernetes.Reads.Count);
        Assert.Equal(names.Count, world.World.Kubernetes.Reads.Count(read => read.EndsWith("-kine", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_restart_mends_what_differs_and_leaves_the_others_alone()
    {
        await using var server = await TestPostgresServer.StartAsync(Talkative, Token);
        var world = new RealWorld(Servers.SharedCatalogues(new ManualTimeProvider()));
        world.Use(server, "restart");
        var names = AddClusters(world.World);
        await RunAllAsync(world.World, names);
        world.World.CacheCatchesUp();
        var broken = KineNames.Of(world.World.Kubernetes.Find<ClusterDataSource>(World.Tenant, names[7].Name)!);
        await server.ExecuteAsync($"GRANT CONNECT ON DATABASE {broken.Database.Quoted} TO PUBLIC", Token);
        var before = await server.ReadLogAsync(Token);

        await RunAllAsync(world.World, names);

        Assert.Equal(["postgres", broken.Database.Value], Sessions(await server.ReadLogAsync(Token), before));
        Assert.False(await server.QueryAsync<bool>($"SELECT has_database_privilege('public', '{broken.Database.Value}', 'CONNECT')", Token));
    }

    private static List<NamespacedName> AddClusters(World world)
    {
        var names = new List<NamespacedName> { World.Key };
        for (var number = 1; number < Count; number++)
        {
            names.Add(world.PutAnother($"cluster{number}"));
        }

        world.Kubernetes.Edit<DataSource>(
            World.Tenant,
            "main",
            new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [AnnotationNames.RoleConnectionLimit] = "3" } } });
        return names;
    }

    /// <summary>One process that starts, looks at everything, and is done.</summary>
    private static async Task RunAllAsync(World world, List<NamespacedName> names)
    {
        var reconciler = world.NewReconciler();
        foreach (var name in names)
        {
            await reconciler.ReconcileAsync(name, Token);
        }
    }

    /// <summary>The databases that the controller has connected to since.</summary>
    private static List<string> Sessions(string log, string before) =>
        [.. Authorized().Matches(log[before.Length..]).Select(match => match.Groups["database"].Value).Distinct(StringComparer.Ordinal)];

    private static int Statements(string log, string before) => Executed().Count(log[before.Length..]);

    // The tests' own sessions have no application name.
    [GeneratedRegex(@"connection authorized: user=\S+ database=(?<database>\S+) application_name=clusterdatasource-controller", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Authorized();

    [GeneratedRegex(@"by clusterdatasource-controller\) LOG:  (statement|execute)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Executed();
}
