using System.Text.Json.Nodes;
using Provisioning.Resources;
using TestPostgres;

namespace EndToEnd.Tests.Faults;

/// <summary>A cluster that runs is pointed to a server that does not have its database: control planes stay where they are.</summary>
internal sealed class FailingMove(KillWorld world) : Scenario(world)
{
    private TestPostgresServer? empty;

    public override int LeastFaultPoints => 3;

    public override async Task<IReadOnlyList<KilledCluster>> PrepareAsync(int count)
    {
        var clusters = await CreateRunningAsync(count);
        empty ??= await StartServerAsync(new TestPostgresOptions { CertificateAuthority = World.World.Server.CertificateAuthority });
        return clusters;
    }

    public override async Task BeginAsync(KilledCluster cluster)
    {
        await cluster.Tenant.CreateSecretAsync("empty-auth", ("username", empty!.Admin.Name), ("password", empty.Admin.Password));
        await cluster.Tenant.CreateDataSourceAsync("empty", empty.Port, "empty-auth");
        await cluster.Tenant.PatchAsync<ClusterDeployment>(Name, new JsonObject { ["spec"] = new JsonObject { ["dataSource"] = "empty" } });
    }

    public override async Task AssertAlwaysAsync(KilledCluster cluster)
    {
        await ReadyCluster.AssertCanStartAsync(cluster);
        Assert.Equal(cluster.Server.Port, Assert.Single((await cluster.Tenant.DsnAsync($"{Name}-kine")).Endpoints).Port);
        Assert.Equal($"{Name}-kine", (await cluster.FindAsync()).Status!.KineDataSourceSecret);
    }

    public override async Task AssertEndAsync(KilledCluster cluster)
    {
        await cluster.Tenant.WaitAsync(
            Name, found => found.Status is { Ready: false, ObservedGeneration: 2, Error: { } error } && error.StartsWith("DatabaseMissing: ", StringComparison.Ordinal));
        await AssertAlwaysAsync(cluster);
        Assert.Equal(["auth-secret", $"{Name}-kine", $"{Name}-kine-ca", "db-ca-secret", "empty-auth"], await cluster.Tenant.ListAsync<Secret>());
    }
}
