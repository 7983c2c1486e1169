namespace EndToEnd.Tests.Faults;

/// <summary>
/// The controller's process is killed with SIGKILL before every single effect on the API server and on PostgreSQL, each time with another cluster;
/// then one is started that nobody kills. Which effects there are is found out by a run that lives.
/// </summary>
[Collection(KillWorld.Name)]
public sealed class KillTests(KillWorld world)
{
    /// <summary>A process that starts keeps a core busy for a second, and waits in between.</summary>
    private static readonly int Parallelism = Environment.ProcessorCount + 1;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public Task Creating_a_cluster_converges() => KillEverywhereAsync(new Creation(world));

    [Fact]
    public Task Moving_a_cluster_to_a_restored_server_converges_and_control_planes_can_start_at_every_moment() => KillEverywhereAsync(new Move(world));

    [Fact]
    public Task Moving_a_cluster_to_a_server_restored_from_a_dump_converges() => KillEverywhereAsync(new MoveToDump(world));

    [Fact]
    public Task A_move_that_cannot_succeed_leaves_control_planes_where_they_are() => KillEverywhereAsync(new FailingMove(world));

    [Fact]
    public Task Rotating_a_password_converges_and_locks_nobody_out_meanwhile() => KillEverywhereAsync(new Rotation(world));

    [Fact]
    public Task Deleting_a_cluster_converges() => KillEverywhereAsync(new Deletion(world));

    private async Task KillEverywhereAsync(Scenario scenario)
    {
        await using var owned = scenario;
        var faultPoints = await FindFaultPointsAsync(scenario);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', faultPoints));
        Assert.True(faultPoints.Count >= scenario.LeastFaultPoints, $"Only these fault points:\n{string.Join('\n', faultPoints)}");
        var clusters = await scenario.PrepareAsync(faultPoints.Count);

        await Parallel.ForEachAsync(
            faultPoints.Zip(clusters),
            new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = Token },
            async (entry, _) => await Explained(entry.First, KillAsync(scenario, entry.Second, entry.First)));

        await using var restarted = ControllerProcess.Start(world.Kubeconfig, inNamespace: null, killAt: null, scenario.Settings);
        foreach (var (faultPoint, cluster) in faultPoints.Zip(clusters))
        {
            await Explained(faultPoint, scenario.AssertEndAsync(cluster));
        }

        Assert.Equal(0, await restarted.StopAsync(Token));
    }

    private async Task<IReadOnlyList<string>> FindFaultPointsAsync(Scenario scenario)
    {
        var cluster = Assert.Single(await scenario.PrepareAsync(1));
        await scenario.BeginAsync(cluster);
        await using var controller = ControllerProcess.Start(world.Kubeconfig, cluster.Tenant.Name, killAt: null, scenario.Settings);
        await scenario.AssertEndAsync(cluster);
        Assert.Equal(0, await controller.StopAsync(Token));
        return controller.FaultPoints;
    }

    private async Task KillAsync(Scenario scenario, KilledCluster cluster, string faultPoint)
    {
        await scenario.BeginAsync(cluster);
        await using var dying = ControllerProcess.Start(world.Kubeconfig, cluster.Tenant.Name, faultPoint, scenario.Settings);
        Assert.Equal(ControllerProcess.Killed, await dying.ExitCodeAsync(Token));
        Assert.Equal(faultPoint, dying.FaultPoints[^1]);
        await scenario.AssertAlwaysAsync(cluster);
    }

    private static async Task Explained(string faultPoint, Task checking)
    {
        try
        {
            await checking;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            throw new InvalidOperationException($"Killed before \"{faultPoint}\": {exception.Message}", exception);
        }
    }
}
