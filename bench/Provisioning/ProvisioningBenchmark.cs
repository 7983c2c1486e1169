using System.Diagnostics;
using System.Globalization;
using Bench.Results;
using Bench.Servers;
using ControlPlane;
using Provisioning.Kubernetes;
using TestPostgres;

namespace Bench.Provisioning;

/// <summary>Measures how long ClusterDataSources take from nothing to ready beside psql that runs the same statements.</summary>
internal static class ProvisioningBenchmark
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Single ClusterDataSources per round: one alone takes so little time that it needs more of them.</summary>
    private const int Singles = 5;

    /// <summary>Runs everything and prints it.</summary>
    /// <returns>0; 1 when a target is missed.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var settings = new ConfigurationBuilder().AddCommandLine(args).Build().Get<ProvisioningSettings>()
            ?? throw new ArgumentException("No arguments.", nameof(args));
        await using var server = await TestPostgresServer.StartAsync(CancellationToken.None);
        await using var controlPlane = await ControlPlanes.StartAsync(new ControlPlaneOptions(), CancellationToken.None);
        foreach (var manifests in new[] { "manifests/crds", "tests/ControlPlane/crds" })
        {
            await controlPlane.InstallCustomResourceDefinitionsAsync(Path.Combine(settings.Repository, manifests), CancellationToken.None);
        }

        await using var services = Services(controlPlane.AdminKubeconfigPath);
        var cluster = new BenchCluster(controlPlane, services.GetRequiredService<IKubernetesClient>());
        await cluster.PrepareAsync(server);

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
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{settings.Count} ClusterDataSources, {settings.Workers} at a time, {(controlPlane.IsReal ? "kube-apiserver" : "the embedded API server")}, PostgreSQL {server.Major}"));
        results.Print(Console.Out);
        if (settings.Output.Length > 0)
        {
            await File.WriteAllTextAsync(settings.Output, results.ToJson());
        }

        return results.Figures.All(figure => figure.IsMet) ? 0 : 1;
    }

    private static async Task MeasureAsync(
        int round, ProvisioningSettings settings, BenchCluster cluster, TestPostgresServer server, List<(double Floor, double Ours)> together, List<(double Floor, double Ours)> alone)
    {
        var floor = new PsqlFloor(server);
        var prefix = string.Create(CultureInfo.InvariantCulture, $"round-{round}-");
        for (var number = 0; number < settings.Count; number++)
        {
            await cluster.CreateAsync($"{prefix}{number}");
        }

        var floorTime = await floor.RunAsync($"floor_{round}", settings.Count, settings.Workers);
        var started = Stopwatch.GetTimestamp();
        await using var controller = await StartControllerAsync(settings, cluster.Kubeconfig, round);
        await WaitAsync(cluster, prefix, settings.Count);
        together.Add((floorTime.TotalMilliseconds, Stopwatch.GetElapsedTime(started).TotalMilliseconds));

        for (var number = 0; number < Singles; number++)
        {
            var single = string.Create(CultureInfo.InvariantCulture, $"alone-{round}-{number}");
            var one = await floor.RunAsync($"floor_alone_{round}_{number}", 1, 1);
            started = Stopwatch.GetTimestamp();
            await cluster.CreateAsync(single);
            await WaitAsync(cluster, single, 1);
            alone.Add((one.TotalMilliseconds, Stopwatch.GetElapsedTime(started).TotalMilliseconds));
        }
    }

    private static async Task WaitAsync(BenchCluster cluster, string prefix, int count)
    {
        using var patience = new CancellationTokenSource(Patience);
        await cluster.WaitUntilReadyAsync(prefix, count, patience.Token);
    }

    private static Task<ServerProcess> StartControllerAsync(ProvisioningSettings settings, string kubeconfig, int round)
    {
        var port = ServerProcess.FreePort().ToString(CultureInfo.InvariantCulture);
        var workers = settings.Workers.ToString(CultureInfo.InvariantCulture);
        return ServerProcess.StartAsync(
            [Path.Combine(settings.Webhook, "Webhook.dll")],
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["Kubernetes__Kubeconfig"] = kubeconfig,
                ["Admission__Enabled"] = "false",
                ["Management__Port"] = port,
                ["Provisioning__LeaderElection"] = "false",
                ["Provisioning__Workers"] = workers,
                ["Postgres__MaxConcurrencyPerServer"] = workers,
                ["Endpoints__AllowLoopback"] = "true",
            },
            new Uri($"http://localhost:{port}/readyz"),
            Path.Combine(settings.Work, string.Create(CultureInfo.InvariantCulture, $"controller-{round}.log")));
    }

    private static ServiceProvider Services(string kubeconfig)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder()
            .AddInMemoryCollection([new("Kubernetes:Kubeconfig", kubeconfig)])
            .Build());
        services.AddKubernetesClient();
        return services.BuildServiceProvider();
    }
}
