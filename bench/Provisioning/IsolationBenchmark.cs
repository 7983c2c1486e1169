using System.Diagnostics;
using System.Globalization;
using Bench.Results;
using Bench.Servers;
using TestPostgres;

namespace Bench.Provisioning;

/// <summary>
/// Measures how long ClusterDataSources on healthy servers take from their creation to ready, alone and while a slow server beside them has as much to
/// do: what one server costs the clusters of the others. The floor is the same controller without that.
/// </summary>
internal static class IsolationBenchmark
{
    private const string Slow = "slow";

    private static readonly string[] Healthy = ["first", "second"];

    /// <summary>Runs everything and prints it.</summary>
    /// <returns>0; 1 when a target is missed.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var settings = ControllerSettings.Read<IsolationSettings>(args);
        await using var first = await TestPostgresServer.StartAsync(CancellationToken.None);
        await using var second = await TestPostgresServer.StartAsync(CancellationToken.None);
        await using var third = await TestPostgresServer.StartAsync(CancellationToken.None);
        await using var network = new SlowNetwork(third.Port);
        await using var cluster = await BenchCluster.StartAsync(settings.Repository);
        await cluster.CreateDataSourceAsync(Healthy[0], first);
        await cluster.CreateDataSourceAsync(Healthy[1], second);
        await cluster.CreateDataSourceAsync(Slow, third, network.Port);
        await using var controller = await new ControllerStart(settings.Webhook, settings.Work, cluster.Kubeconfig).RunAsync("controller");

        // Its compiler is busy with the first ones.
        await MeasureAsync(cluster, "warm-up", settings);
        List<(double[] Alone, double[] Beside)> rounds = [];
        for (var round = 0; round < settings.Rounds; round++)
        {
            var name = round.ToString(CultureInfo.InvariantCulture);
            Task<double[]> AloneAsync() => MeasureAsync(cluster, $"alone-{name}-", settings);
            Task<double[]> BesideAsync() => MeasureBesideAsync(cluster, network, name, settings);
            if (round % 2 == 0)
            {
                var alone = await AloneAsync();
                rounds.Add((alone, await BesideAsync()));
            }
            else
            {
                var beside = await BesideAsync();
                rounds.Add((await AloneAsync(), beside));
            }
        }

        var results = new BenchmarkResults(
            "isolation",
            [
                Figure.FromRounds("isolation/p50-of-the-others", "ms", [.. rounds.Select(round => (At(round.Alone, 0.5), At(round.Beside, 0.5)))], Better.Less),
                Figure.FromRounds("isolation/p95-of-the-others", "ms", [.. rounds.Select(round => (At(round.Alone, 0.95), At(round.Beside, 0.95)))], Better.Less)
                    with { RatioTarget = 1.15 },
            ]);
        return await results.ReportAsync(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{settings.Count} ClusterDataSources on two healthy servers, one every {settings.Pace} ms, without and with as many on one that answers {settings.Delay} ms late; {cluster.Description}, PostgreSQL {first.Major}"),
            settings.Output);
    }

    private static async Task<double[]> MeasureBesideAsync(BenchCluster cluster, SlowNetwork network, string round, IsolationSettings settings)
    {
        network.Delay = TimeSpan.FromMilliseconds(settings.Delay);
        var (connections, prefix) = (network.Connections, $"{Slow}-{round}-");
        for (var number = 0; number < settings.Count; number++)
        {
            await cluster.CreateAsync(BenchCluster.NewClusterDataSource(string.Create(CultureInfo.InvariantCulture, $"{prefix}{number}"), Slow));
        }

        while (network.Connections == connections)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10));
        }

        var measured = await MeasureAsync(cluster, $"beside-{round}-", settings);
        if ((await Readiness.NamesAsync(cluster.Client, prefix)).Count == settings.Count)
        {
            throw new InvalidOperationException("The slow server was done before the others: nothing was measured.");
        }

        // The next run is not to begin with what this one has left.
        network.Delay = TimeSpan.Zero;
        await Readiness.WaitAsync(cluster.Client, prefix, settings.Count);
        return measured;
    }

    /// <summary>How long each took, in milliseconds.</summary>
    private static async Task<double[]> MeasureAsync(BenchCluster cluster, string prefix, IsolationSettings settings)
    {
        var created = new Dictionary<string, long>(StringComparer.Ordinal);
        var ready = Readiness.WaitAsync(cluster.Client, prefix, settings.Count);
        for (var number = 0; number < settings.Count; number++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"{prefix}{number}");
            var next = Task.Delay(TimeSpan.FromMilliseconds(settings.Pace));
            created[name] = Stopwatch.GetTimestamp();
            await cluster.CreateAsync(BenchCluster.NewClusterDataSource(name, Healthy[number % Healthy.Length]));
            await next;
        }

        return [.. (await ready).Select(one => Stopwatch.GetElapsedTime(created[one.Key], one.Value).TotalMilliseconds).Order()];
    }

    private static double At(double[] sorted, double share) => sorted[(int)Math.Ceiling(sorted.Length * share) - 1];
}
