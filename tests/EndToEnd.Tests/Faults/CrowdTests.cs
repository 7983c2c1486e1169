using System.Globalization;
using EndToEnd.Tests.Provisioning;
using Provisioning.Resources;

namespace EndToEnd.Tests.Faults;

/// <summary>Many clusters at once, while what should not happen does.</summary>
[Collection(KillWorld.Name)]
public sealed class CrowdTests(KillWorld world)
{
    private const string KineStarts = "SET synchronous_commit = local; CREATE TABLE IF NOT EXISTS kine (id bigserial PRIMARY KEY, name text); INSERT INTO kine (name) VALUES ('/registry/one')";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_controllers_that_both_think_they_lead_do_no_harm()
    {
        var clusters = Names(50);
        var tenant = await TenantNamespace.CreateAsync(world.World);
        await tenant.ApplyDataSourceAsync();
        await using var one = ControllerProcess.Start(world.Kubeconfig, tenant.Name);
        await using var other = ControllerProcess.Start(world.Kubeconfig, tenant.Name);
        await Task.WhenAll(clusters.Select(cluster => tenant.CreateClusterDataSourceAsync(cluster)));

        await AssertAllReadyAsync(tenant, clusters);
        foreach (var controller in new[] { one, other })
        {
            Assert.Equal(0, await controller.StopAsync(Token));
            Assert.NotEmpty(controller.FaultPoints);
        }
    }

    [Fact]
    public async Task A_server_that_stops_and_crashes_at_random_moments_loses_nobodys_database()
    {
        const int Restarts = 6;
        const int FaultPointsOfEach = 20;
        var seed = int.TryParse(Environment.GetEnvironmentVariable("TEST_SEED"), CultureInfo.InvariantCulture, out var given) ? given : Random.Shared.Next();
        TestContext.Current.TestOutputHelper!.WriteLine($"TEST_SEED={seed}");
        var random = new Random(seed);
        var clusters = Names(100);
        var tenant = await TenantNamespace.CreateAsync(world.World);
        await tenant.ApplyDataSourceAsync();
        await using var controller = ControllerProcess.Start(world.Kubeconfig, tenant.Name);
        await tenant.CreateClusterDataSourceAsync("first");
        await tenant.WaitUntilReadyAsync("first");
        await tenant.QueryAsync("first", KineStarts);

        // Moments in the middle of the work: after so many effects, wherever the other workers are then.
        var moments = Enumerable.Range(0, Restarts).Select(_ => random.Next(clusters.Count * FaultPointsOfEach)).Order().ToList();
        await Task.WhenAll(clusters.Select(cluster => tenant.CreateClusterDataSourceAsync(cluster)));
        foreach (var moment in moments)
        {
            await TenantNamespace.PollAsync(
                () => Task.FromResult(controller.FaultPoints.Count >= moment),
                () => $"with seed {seed} only {controller.FaultPoints.Count} of {moment} effects were reached");
            await (random.Next(2) == 0 ? world.World.Server.KillAsync() : world.World.Server.StopAsync());
            await world.World.Server.StartAgainAsync();
        }

        await AssertAllReadyAsync(tenant, [.. clusters, "first"]);
        Assert.Equal(1L, await tenant.QueryAsync("first", "SELECT count(*) FROM kine"));
        Assert.Equal(0, await controller.StopAsync(Token));
    }

    /// <summary>One database, one role and one working Secret each, no error left, and nothing else.</summary>
    private async Task AssertAllReadyAsync(TenantNamespace tenant, List<string> clusters)
    {
        foreach (var cluster in clusters)
        {
            var ready = await tenant.WaitUntilReadyAsync(cluster);
            Assert.Equal(($"{cluster}-kine", $"{cluster}-kine-ca"), (ready.Status!.KineDataSourceSecret, ready.Status.CaSecret));
            await tenant.QueryAsync(cluster, "CREATE TABLE IF NOT EXISTS kine (id bigserial PRIMARY KEY, name text)");
        }

        var prefix = $"{tenant.Name.Replace('-', '_')}_";
        Assert.Equal(clusters.Count, await world.World.Server.QueryAsync<long>($"SELECT count(*) FROM pg_roles WHERE strpos(rolname, '{prefix}') > 0", Token));
        Assert.Equal(clusters.Count, await world.World.Server.QueryAsync<long>($"SELECT count(*) FROM pg_database WHERE strpos(datname, '{prefix}') > 0", Token));
        string[] secrets = ["auth-secret", "db-ca-secret", .. clusters.SelectMany(cluster => new[] { $"{cluster}-kine", $"{cluster}-kine-ca" })];
        Assert.Equal(secrets.Order(StringComparer.Ordinal), await tenant.ListAsync<Secret>());
    }

    private static List<string> Names(int count) => [.. Enumerable.Range(0, count).Select(number => string.Create(CultureInfo.InvariantCulture, $"cluster-{number}"))];
}
