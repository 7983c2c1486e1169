using System.Diagnostics;
using System.Globalization;
using Bench.Results;
using Provisioning.ClusterDataSources;
using TestPostgres;

namespace Bench.Provisioning;

/// <summary>Measures a restart with many ClusterDataSources that are ready, and what the controller needs while nothing changes.</summary>
internal static class RestartBenchmark
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>Runs everything and prints it.</summary>
    /// <returns>0; 1 when a target is missed.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var settings = ControllerSettings.Read<RestartSettings>(args);
        var servers = new List<TestPostgresServer>();
        await using var cluster = await BenchCluster.StartAsync(settings.Repository);
        try
        {
            while (servers.Count < settings.Servers)
            {
                servers.Add(await TestPostgresServer.StartAsync(
                    new TestPostgresOptions { Configuration = [.. GeneratedCatalogue.Configuration, .. ServerLog.Configuration] }, CancellationToken.None));
            }

            var results = new BenchmarkResults("restart", await MeasureAsync(settings, cluster, servers));
            return await results.ReportAsync(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{settings.Count} ready ClusterDataSources, {settings.Real} of them with a database of their own, on {settings.Servers} servers, {cluster.Description}, PostgreSQL {servers[0].Major}"),
                settings.Output);
        }
        finally
        {
            foreach (var server in servers)
            {
                await server.DisposeAsync();
            }
        }
    }

    private static async Task<List<Figure>> MeasureAsync(RestartSettings settings, BenchCluster cluster, List<TestPostgresServer> servers)
    {
        var clusters = new ManyClusters(cluster, servers);
        await clusters.PrepareAsync();
        var start = new ControllerStart(settings.Webhook, settings.Work, cluster.Kubeconfig);
        var window = TimeSpan.FromSeconds(settings.Seconds);

        double idleMemory, idleShare;
        await using (var idle = await start.RunAsync("idle"))
        {
            idleShare = await idle.ShareOfACoreAsync(window);
            idleMemory = idle.ResidentMebibytes;
        }

        Console.WriteLine($"making {settings.Real} databases ...");
        await clusters.CreateAsync(settings.Real);
        double lookTime;
        await using (var maker = await start.RunAsync("maker"))
        {
            await maker.WaitAsync("clusterdatasources_reconciles_total", settings.Real, Patience, "outcome=\"Ready\"");
        }

        // Every resync a closer look: what one of them costs the controller.
        await using (var looker = await start.RunAsync("looker", ("Provisioning__ResyncPeriod", "00:00:20"), ("Provisioning__InsidePace", "00:00:00")))
        {
            await looker.WaitAsync("clusterdatasources_reconciles_total", settings.Real, Patience, "outcome=\"Ready\"");
            lookTime = await looker.TimePerAsync("clusterdatasources_reconciles_total", window, "outcome=\"Ready\"");
        }

        Console.WriteLine($"generating {settings.Count - settings.Real} more ...");
        await clusters.GenerateAsync(settings.Real, settings.Count);
        var floor = await RestartFloor.MeasureAsync(cluster.Kubeconfig);

        var logs = await Task.WhenAll(servers.Select(ServerLog.OpenAsync));
        var began = Stopwatch.GetTimestamp();

        // Generated databases cannot be looked into, so none is: what that costs is added by its measured price.
        await using var restarted = await start.RunAsync("restarted", ("Provisioning__InsidePace", "1.00:00:00"));
        await restarted.WaitAsync("clusterdatasources_unchanged_total", settings.Count, Patience);
        var restart = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        var restartProcessor = restarted.ProcessorTime.TotalMilliseconds;
        var seen = await Task.WhenAll(logs.Select(log => log.ReadAsync()));

        // What is still compiled and collected right after the start is not what a day is like.
        await Task.Delay(window);
        var steady = await restarted.ShareOfACoreAsync(window);
        var memory = restarted.ResidentMebibytes;
        var pace = 1 / Math.Max(new ClusterDataSourceOptions().InsidePace.TotalSeconds, 600.0 / settings.Count);
        var closer = await restarted.ReadAsync("clusterdatasources_reconciles_total");
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"closer look {lookTime:0.0} ms of a core; {pace:0.00} of them a second; without them {steady:0.00} % of a core; closer looks meanwhile {closer:0}"));
        return
        [
            Beside("restart/caught-up", "ms", restart, floor.Milliseconds) with { Target = 10_000 },
            Beside("restart/processor-time", "ms", restartProcessor, floor.ProcessorMilliseconds),
            Beside("restart/sessions-in-databases", "sessions", seen.Sum(log => log.Sessions.Count(database => database != "postgres")), 1) with { Target = 0 },
            Beside("restart/admin-statements-per-server", "statements", seen.Average(log => log.Statements), 1) with { Target = 30 },
            Beside("steady/processor", "% of a core", steady + (lookTime * pace / 10), Math.Max(idleShare, 0.01)) with { Target = 5 },
            Beside("steady/memory", "MiB", memory, idleMemory) with { Target = 250 },
        ];
    }

    private static Figure Beside(string name, string unit, double ours, double floor) => new(name, unit, ours, floor, Better.Less) { Ratio = ours / floor };
}
