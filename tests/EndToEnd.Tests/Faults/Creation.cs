namespace EndToEnd.Tests.Faults;

/// <summary>A ClusterDeployment is made: ClusterDataSource, database, role, password, Secrets, status, Event.</summary>
internal sealed class Creation(KillWorld world) : Scenario(world)
{
    public override int LeastFaultPoints => 20;

    public override Task<IReadOnlyList<KilledCluster>> PrepareAsync(int count) => CreateNamespacesAsync(count);

    public override Task BeginAsync(KilledCluster cluster) => cluster.Tenant.CreateClusterDeploymentAsync(Name, "main");

    public override async Task AssertEndAsync(KilledCluster cluster)
    {
        await cluster.Tenant.WaitUntilReadyAsync(Name);
        await cluster.Tenant.QueryAsync(Name, KineStarts);
        await ReadyCluster.AssertAsync(cluster, $"{Name}-kine", $"{Name}-kine-ca");
    }
}
