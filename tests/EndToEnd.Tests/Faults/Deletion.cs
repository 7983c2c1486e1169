using Provisioning.ClusterDataSources;
using Provisioning.Resources;

namespace EndToEnd.Tests.Faults;

/// <summary>The ClusterDeployment of a cluster that runs is deleted: role, Secrets and finalizer go, the database stays.</summary>
internal sealed class Deletion(KillWorld world) : Scenario(world)
{
    public override int LeastFaultPoints => 8;

    public override Task<IReadOnlyList<KilledCluster>> PrepareAsync(int count) => CreateRunningAsync(count);

    public override async Task BeginAsync(KilledCluster cluster)
    {
        await cluster.Tenant.DeleteAsync<ClusterDeployment>(Name);

        // The garbage collector deletes what belongs to it.
        await cluster.Tenant.WaitAsync(Name, found => found.Metadata.IsBeingDeleted);
    }

    public override async Task AssertEndAsync(KilledCluster cluster)
    {
        await cluster.Tenant.WaitUntilGoneAsync<ClusterDataSource>(Name);
        await cluster.Tenant.WaitUntilGoneAsync<Secret>($"{Name}-kine");
        await cluster.Tenant.WaitUntilGoneAsync<Secret>($"{Name}-kine-ca");
        var (roles, databases) = await cluster.ReadNamesAsync();
        Assert.Null(roles);
        Assert.Equal(cluster.Tenant.SchemaOf(Name), databases);
        Assert.Equal(1L, await cluster.Server.QueryAsync<long>(databases!, "SELECT count(*) FROM kine", Token));
        Assert.Equal(["auth-secret", "db-ca-secret"], await cluster.Tenant.ListAsync<Secret>());
        Assert.Contains(Reasons.Released, await cluster.Tenant.EventReasonsAsync(Name));
    }
}
