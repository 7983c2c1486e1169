using System.Diagnostics;
using System.Text.Json;
using Provisioning.ClusterDataSources;
using Provisioning.Kubernetes;
using Provisioning.Resources;

namespace Bench.Provisioning;

/// <summary>What no controller can do without at its start: one list in pages, and one GET for each ClusterDataSource; by the product's client, in a process that is warm.</summary>
/// <param name="Milliseconds">How long it took.</param>
/// <param name="ProcessorMilliseconds">The processor time that it took.</param>
internal sealed record RestartFloor(double Milliseconds, double ProcessorMilliseconds)
{
    private const int AtATime = 16;

    /// <summary>Measures it in a process of its own, as the controller has one.</summary>
    public static async Task<RestartFloor> MeasureAsync(string kubeconfig)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(RestartFloor).Assembly.Location, "restart-floor", kubeconfig]) { UseShellExecute = false, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? JsonSerializer.Deserialize<RestartFloor>(output)!
            : throw new InvalidOperationException($"The floor ended with {process.ExitCode}: {output}");
    }

    /// <summary>Is that process: prints what it measured.</summary>
    public static async Task RunAsync(string kubeconfig)
    {
        await using var services = BenchCluster.ClientOf(kubeconfig);
        var client = services.GetRequiredService<IKubernetesClient>();
        await ReadAllAsync(client);
        var (began, before) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        await ReadAllAsync(client);
        var (elapsed, used) = (Stopwatch.GetElapsedTime(began), Environment.CpuUsage.TotalTime - before);
        Console.WriteLine(JsonSerializer.Serialize(new RestartFloor(elapsed.TotalMilliseconds, used.TotalMilliseconds)));
    }

    private static async Task ReadAllAsync(IKubernetesClient client)
    {
        var options = new ListOptions { Limit = 500 };
        var names = new List<string>();
        ResourcePage<ClusterDataSource> page;
        do
        {
            page = await client.ListAsync<ClusterDataSource>(options, CancellationToken.None);
            names.AddRange(page.Items.Select(item => item.Metadata.Name!));
            options = options with { Continue = page.Continue };
        }
        while (page.Continue is not null);

        await Parallel.ForEachAsync(names, new ParallelOptions { MaxDegreeOfParallelism = AtATime }, async (name, token) =>
            await client.GetAsync<Secret>(new NamespacedName(BenchCluster.Namespace, new SecretNames(name).Kine), token));
    }
}
