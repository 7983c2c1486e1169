using System.Diagnostics;
using System.Text.RegularExpressions;

namespace EndToEnd.Tests.Running;

/// <summary>The product as a user runs it: a process of its own, configured by environment variables, on free ports.</summary>
internal sealed partial class WebhookProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Process process;
    private readonly List<string> output = [];
    private readonly TaskCompletionSource<Uri> admission = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<Uri> management = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HttpClient http = new();

    private WebhookProcess(IReadOnlyDictionary<string, string> environment, IReadOnlyList<string> command)
    {
        var start = new ProcessStartInfo("setpriv", ["--pdeathsig", "KILL", "--", .. command])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        foreach (var name in start.Environment.Keys.Where(name => name is "KUBECONFIG" or "KUBERNETES_SERVICE_HOST").ToList())
        {
            start.Environment.Remove(name);
        }

        // As in the manifests. A killed one would leave the diagnostics' sockets and pipes behind in the temporary folder.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        start.Environment["Https__Port"] = "0";
        start.Environment["Management__Port"] = "0";
        foreach (var (key, value) in environment)
        {
            start.Environment[key] = value;
        }

        process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.OutputDataReceived += (_, line) => Read(line.Data);
        process.ErrorDataReceived += (_, line) => Read(line.Data);
        process.Exited += (_, _) =>
        {
            var reason = new InvalidOperationException("The webhook ended.");
            admission.TrySetException(reason);
            management.TrySetException(reason);
        };
    }

    /// <summary>Everything that the process has written so far.</summary>
    public string Log
    {
        get
        {
            lock (output)
            {
                return string.Join('\n', output);
            }
        }
    }

    /// <summary>The process's id.</summary>
    public int Id => process.Id;

    /// <summary>Where the API server calls it, with an address that its development certificate holds.</summary>
    public Task<Uri> AdmissionUrl => admission.Task;

    /// <summary>Probes and metrics.</summary>
    public Task<Uri> ManagementUrl => management.Task;

    /// <summary>Starts the process and returns at once: it may have reasons not to become ready.</summary>
    public static WebhookProcess Start(IReadOnlyDictionary<string, string> environment) =>
        Start(environment, ["dotnet", Path.Combine(AppContext.BaseDirectory, "Webhook.dll")]);

    /// <summary>The same, by another command than this build's.</summary>
    public static WebhookProcess Start(IReadOnlyDictionary<string, string> environment, IReadOnlyList<string> command)
    {
        var webhook = new WebhookProcess(environment, command);
        using var started = new ManualResetEventSlim();

        // setpriv's signal comes when the thread ends that started the process: a pool thread would take the process with it when it retires.
        var thread = new Thread(() =>
        {
            webhook.process.Start();
            started.Set();
            webhook.process.WaitForExit();
        })
        { IsBackground = true, Name = "webhook" };
        thread.Start();
        started.Wait();
        webhook.process.BeginOutputReadLine();
        webhook.process.BeginErrorReadLine();
        return webhook;
    }

    /// <summary>Waits until <c>/readyz</c> answers 200.</summary>
    /// <exception cref="TimeoutException">It did not in time; the message holds what it wrote.</exception>
    public async Task ReadyAsync(CancellationToken cancellationToken)
    {
        var answer = "";
        await Eventually.TrueAsync(
            async () =>
            {
                (var ready, answer) = await AskReadinessAsync(cancellationToken);
                return ready;
            },
            Patience,
            () => $"The webhook is not ready: {answer}\n{Log}",
            cancellationToken);
    }

    /// <summary>Asks <c>/readyz?verbose</c>.</summary>
    public async Task<(bool Ready, string Answer)> AskReadinessAsync(CancellationToken cancellationToken)
    {
        var url = await ManagementUrl.WaitAsync(Patience, cancellationToken);
        using var response = await http.GetAsync(new Uri(url, "/readyz?verbose"), cancellationToken);
        return (response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
    }

    /// <summary>Reads <c>/metrics</c>.</summary>
    public async Task<string> ReadMetricsAsync(CancellationToken cancellationToken) =>
        await http.GetStringAsync(new Uri(await ManagementUrl, "/metrics"), cancellationToken);

    /// <summary>Waits for the process's end and returns its exit code.</summary>
    public async Task<int> ExitCodeAsync(CancellationToken cancellationToken)
    {
        await process.WaitForExitAsync(cancellationToken).WaitAsync(Patience, cancellationToken);
        return process.ExitCode;
    }

    /// <summary>Sends SIGTERM, as the kubelet does, and returns at once.</summary>
    public async Task TerminateAsync()
    {
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -TERM {process.Id}"]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Ends the process as a crash would.</summary>
    public async Task KillAsync()
    {
        if (!process.HasExited)
        {
            process.Kill();
        }

        await process.WaitForExitAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        process.Dispose();
        http.Dispose();

        // Nobody may be waiting for them any more.
        _ = admission.Task.Exception;
        _ = management.Task.Exception;
    }

    private void Read(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (output)
        {
            output.Add(line);
        }

        var match = Listening().Match(line);
        if (match.Success)
        {
            var source = match.Groups["scheme"].Value == "https" ? admission : management;
            source.TrySetResult(new Uri($"{match.Groups["scheme"].Value}://127.0.0.1:{match.Groups["port"].Value}"));
        }
    }

    [GeneratedRegex(@"Now listening on: (?<scheme>https?)://\[::\]:(?<port>[0-9]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Listening();
}
