using System.Diagnostics;
using System.Globalization;
using Bench.Results;
using Provisioning.Resources;
using TestPostgres;

namespace Bench.Provisioning;

/// <summary>Measures how long ClusterDataSources take from nothing to ready beside psql that runs the same statements.</summary>
internal static class ProvisioningBenchmark
{
    private const string DataSource = "main";

    /// <summary>Single ClusterDataSources per round: one alone takes so little time that it needs more of them.</summary>
    private const int Singles = 5;

    /// <summary>Runs everything and prints it.</summary>
    /// <returns>0; 1 when a target is missed.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var settings = ControllerSettings.Read<ProvisioningSettings>(args);
        await using var server = await TestPostgresServer.StartAsync(CancellationToken.None);
        await using var cluster = await BenchCluster.StartAsync(settings.Repository);
        await cluster.CreateDataSourceAsync(DataSource, server);

        List<(double Floor, double Ours)> together = [];
        List<(double Floor, double Ours)> alone = [];
        for (var round = 0; round < settings.Rounds; round++)
        {
            await MeasureAsync(round, settings, cluster, server, together, alone);
        }

        var results = new BenchmarkResults(
            "provisioning",
            [
                Figure.FromRounds("provisioning/many-from-cold", "ms", together, Better.Less) with { RatioTarget = 1.15 },
                Figure.FromRounds("provisioning/one-alone", "ms", alone, Better.Less) with { RatioTarget = 1.5 },
            ]);
        return await results.ReportAsync(
            string.Create(CultureInfo.InvariantCulture, $"{settings.Count} ClusterDataSources, {settings.Workers} at a time, {cluster.Description}, PostgreSQL {server.Major}"),
            settings.Output);
    }

    private static async Task MeasureAsync(
        int round, ProvisioningSettings settings, BenchCluster cluster, TestPostgresServer server, List<(double Floor, double Ours)> together, List<(double Floor, double Ours)> alone)
    {
        var floor = new PsqlFloor(server);
        var prefix = string.Create(CultureInfo.InvariantCulture, $"round-{round}-");
        for (var number = 0; number < settings.Count; number++)
        {
            await CreateAsync(cluster, $"{prefix}{number}");
        }

        var workers = settings.Workers.ToString(CultureInfo.InvariantCulture);
        var floorTime = await floor.RunAsync($"floor_{round}", settings.Count, settings.Workers);
        var started = Stopwatch.GetTimestamp();
        await using var controller = await new ControllerStart(settings.Webhook, settings.Work, cluster.Kubeconfig).RunAsync(
            string.Create(CultureInfo.InvariantCulture, $"controller-{round}"), ("Provisioning__Workers", workers), ("Postgres__MaxConcurrencyPerServer", workers));
        await Readiness.WaitAsync(cluster.Client, prefix, settings.Count);
        together.Add((floorTime.TotalMilliseconds, Stopwatch.GetElapsedTime(started).TotalMilliseconds));

        for (var number = 0; number < Singles; number++)
        {
            var single = string.Create(CultureInfo.InvariantCulture, $"alone-{round}-{number}");
            var one = await floor.RunAsync($"floor_alone_{round}_{number}", 1, 1);
            started = Stopwatch.GetTimestamp();
            await CreateAsync(cluster, single);
            await Readiness.WaitAsync(cluster.Client, single, 1);
            alone.Add((one.TotalMilliseconds, Stopwatch.GetElapsedTime(started).TotalMilliseconds));
        }
    }

    private static Task<ClusterDataSource> CreateAsync(BenchCluster cluster, string name) => cluster.CreateAsync(BenchCluster.NewClusterDataSource(name, DataSource));
}
