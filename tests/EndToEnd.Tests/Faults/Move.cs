using System.Text.Json.Nodes;
using Provisioning.ClusterDataSources;
using Provisioning.Resources;
using TestPostgres;

namespace EndToEnd.Tests.Faults;

/// <summary>A cluster that runs is pointed to a copy of its server, restored with pg_basebackup; the former server stays up.</summary>
internal class Move(KillWorld world) : Scenario(world)
{
    public override int LeastFaultPoints => 6;

    /// <summary>The Secrets that only the DataSource <c>restored</c> names. Default: none.</summary>
    protected virtual IReadOnlyList<string> Credentials => [];

    public override async Task<IReadOnlyList<KilledCluster>> PrepareAsync(int count)
    {
        var clusters = await CreateRunningAsync(count);
        var copy = await StartServerAsync(new TestPostgresOptions { Primary = World.World.Server, Configuration = ["max_connections = 1000"] });
        await copy.PromoteAsync(Token);
        foreach (var cluster in clusters)
        {
            // The password was changed after the backup was taken.
            var role = (await cluster.Tenant.DsnAsync($"{Name}-kine")).Role;
            await copy.ExecuteAsync($"ALTER ROLE {role.Quoted} PASSWORD NULL", Token);
        }

        return [.. clusters.Select(cluster => cluster with { Server = copy })];
    }

    public override async Task BeginAsync(KilledCluster cluster)
    {
        await ApplyRestoredAsync(cluster);
        await cluster.Tenant.PatchAsync<ClusterDeployment>(Name, new JsonObject { ["spec"] = new JsonObject { ["dataSource"] = "restored" } });
    }

    public override Task AssertAlwaysAsync(KilledCluster cluster) => ReadyCluster.AssertCanStartAsync(cluster);

    public override async Task AssertEndAsync(KilledCluster cluster)
    {
        await cluster.Tenant.WaitAsync(Name, found => found.Spec!.DataSource == "restored");
        await ReadyCluster.AssertAsync(cluster, [$"{Name}-kine", $"{Name}-kine-HASH", $"{Name}-kine-ca", .. Credentials]);
        Assert.Equal(1L, await cluster.Tenant.QueryAsync(Name, "SELECT count(*) FROM kine"));
        Assert.Contains(Reasons.FormerServerKeepsRole, await cluster.Tenant.EventReasonsAsync(Name));
    }

    /// <summary>Applies the DataSource <c>restored</c>. Default: with the credentials of the former server.</summary>
    protected virtual Task ApplyRestoredAsync(KilledCluster cluster) => cluster.Tenant.CreateDataSourceAsync("restored", cluster.Server.Port);
}
