using System.Diagnostics;
using System.Globalization;
using Bench.Servers;

namespace Bench.Provisioning;

/// <summary>Starts controllers as an installation would run them, but for leader election and addresses.</summary>
internal sealed record ControllerStart(string Webhook, string Work, string Kubeconfig)
{
    /// <summary>Starts one and waits until it is ready.</summary>
    /// <param name="name">That of its log.</param>
    /// <param name="environment">What differs from the defaults.</param>
    public async Task<MeasuredController> RunAsync(string name, params (string Key, string Value)[] environment)
    {
        var port = ServerProcess.FreePort().ToString(CultureInfo.InvariantCulture);
        var variables = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Kubernetes__Kubeconfig"] = Kubeconfig,
            ["Admission__Enabled"] = "false",
            ["Management__Port"] = port,
            ["Provisioning__LeaderElection"] = "false",
            ["Endpoints__AllowLoopback"] = "true",
            ["DOTNET_TieredPGO"] = "0",
        };
        foreach (var (key, value) in environment)
        {
            variables[key] = value;
        }

        var process = await ServerProcess.StartAsync(
            [Path.Combine(Webhook, "Webhook.dll")], variables, new Uri($"http://localhost:{port}/livez"), Path.Combine(Work, $"{name}.log"));
        return new MeasuredController(process, new ControllerMetrics(new Uri($"http://localhost:{port}/metrics")));
    }
}

/// <summary>A controller in a process of its own; disposing ends it.</summary>
internal sealed class MeasuredController(ServerProcess process, ControllerMetrics metrics) : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>The resident memory in MiB.</summary>
    public double ResidentMebibytes => process.ResidentMebibytes;

    /// <summary>The processor time that it has used so far.</summary>
    public TimeSpan ProcessorTime => process.ProcessorTime;

    /// <inheritdoc cref="ControllerMetrics.ReadAsync"/>
    public Task<double> ReadAsync(string metric, string? label = null) => metrics.ReadAsync(metric, label);

    /// <summary>Waits until a metric has reached a value.</summary>
    public async Task WaitAsync(string metric, double value, TimeSpan patience, string? label = null)
    {
        var started = Stopwatch.GetTimestamp();
        double last;
        while ((last = await metrics.ReadAsync(metric, label)) < value)
        {
            if (Stopwatch.GetElapsedTime(started) > patience)
            {
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{metric} is {last} after {patience}, not {value}."));
            }

            await Task.Delay(Pause);
        }
    }

    /// <summary>How much of one processor it uses from now on, in percent.</summary>
    public async Task<double> ShareOfACoreAsync(TimeSpan window)
    {
        var (started, before) = (Stopwatch.GetTimestamp(), process.ProcessorTime);
        await Task.Delay(window);
        return (process.ProcessorTime - before) / Stopwatch.GetElapsedTime(started) * 100;
    }

    /// <summary>How many milliseconds of a processor it uses for each count of a metric from now on.</summary>
    public async Task<double> TimePerAsync(string metric, TimeSpan window, string? label)
    {
        var (count, before) = (await metrics.ReadAsync(metric, label), process.ProcessorTime);
        await Task.Delay(window);
        var counted = await metrics.ReadAsync(metric, label) - count;
        return counted > 0
            ? (process.ProcessorTime - before).TotalMilliseconds / counted
            : throw new InvalidOperationException($"{metric} did not move within {window}.");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        metrics.Dispose();
        return process.DisposeAsync();
    }
}
