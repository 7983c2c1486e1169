using System.Diagnostics;

namespace EndToEnd.Tests.Faults;

/// <summary>The controller in a process of its own (tests/FaultyController), which kills itself when it is told to.</summary>
internal sealed class ControllerProcess : IAsyncDisposable
{
    /// <summary>128 and the number of SIGKILL.</summary>
    public const int Killed = 137;

    private const string Prefix = "fault point: ";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private readonly Process process;
    private readonly List<string> output = [];

    private ControllerProcess(IEnumerable<string> arguments, IEnumerable<(string Key, string Value)> environment)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "FaultyController.dll"), .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };

        // Such a process lives for a second or two: there is nothing to optimize for.
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_gcServer"] = "0";

        // A killed one leaves the diagnostics' sockets and pipes behind in the temporary folder, three files each.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        foreach (var (key, value) in environment)
        {
            start.Environment[key] = value;
        }

        process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Read(line.Data);
        process.ErrorDataReceived += (_, line) => Read(line.Data);
    }

    /// <summary>Everything that it has written so far.</summary>
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

    /// <summary>The fault points that it has reached so far.</summary>
    public IReadOnlyList<string> FaultPoints
    {
        get
        {
            lock (output)
            {
                return [.. output.Where(line => line.StartsWith(Prefix, StringComparison.Ordinal)).Select(line => line[Prefix.Length..])];
            }
        }
    }

    /// <summary>Starts one.</summary>
    /// <param name="kubeconfig">The API server.</param>
    /// <param name="inNamespace">The only namespace that it looks at; null: all.</param>
    /// <param name="killAt">The fault point at which it dies; null: none.</param>
    /// <param name="settings">More of the product's configuration; wins over what is set here.</param>
    public static ControllerProcess Start(
        string kubeconfig, string? inNamespace = null, string? killAt = null, params IEnumerable<(string Key, string Value)> settings) =>
        Start(Arguments(kubeconfig, inNamespace, killAt, settings), []);

    /// <summary>Starts one on a system whose trust store is another one.</summary>
    /// <param name="kubeconfig">The API server, which has a CA of its own.</param>
    /// <param name="inNamespace">The only namespace that it looks at.</param>
    /// <param name="trustStore">The file with the certificates that the system trusts; there are no others.</param>
    public static ControllerProcess StartTrusting(string kubeconfig, string inNamespace, string trustStore) => Start(
        Arguments(kubeconfig, inNamespace, killAt: null, []),
        [("SSL_CERT_FILE", trustStore), ("SSL_CERT_DIR", Path.Combine(Path.GetDirectoryName(trustStore)!, "none"))]);

    private static List<string> Arguments(string kubeconfig, string? inNamespace, string? killAt, IEnumerable<(string Key, string Value)> settings)
    {
        List<string> arguments =
        [
            "--Kubernetes:Kubeconfig", kubeconfig,
            "--Endpoints:AllowLoopback", "true",
            "--Provisioning:LeaderElection", "false",
            "--Provisioning:CreateGracePeriod", "00:00:00",
            "--Postgres:ConnectTimeout", "00:00:15",
            "--Postgres:MaxConcurrencyPerServer", "8",
        ];
        arguments.AddRange(inNamespace is null ? [] : ["--Kill:Namespace", inNamespace]);
        arguments.AddRange(killAt is null ? [] : ["--Kill:At", killAt]);
        arguments.AddRange(settings.SelectMany(setting => new[] { $"--{setting.Key}", setting.Value }));
        return arguments;
    }

    private static ControllerProcess Start(List<string> arguments, IEnumerable<(string Key, string Value)> environment)
    {
        var controller = new ControllerProcess(arguments, environment);
        controller.process.Start();
        controller.process.BeginOutputReadLine();
        controller.process.BeginErrorReadLine();
        return controller;
    }

    /// <summary>Lets it finish what it is at, and returns when it has ended.</summary>
    public Task<int> StopAsync(CancellationToken cancellationToken)
    {
        process.StandardInput.Close();
        return ExitCodeAsync(cancellationToken);
    }

    /// <summary>Waits for its end, and for all that it wrote before.</summary>
    /// <exception cref="TimeoutException">It lives; the message holds what it wrote.</exception>
    public async Task<int> ExitCodeAsync(CancellationToken cancellationToken)
    {
        try
        {
            await process.WaitForExitAsync(cancellationToken).WaitAsync(Patience, cancellationToken);
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"The controller has not ended:\n{Log}", exception);
        }

        return process.ExitCode;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }

    private void Read(string? line)
    {
        if (line is not null)
        {
            lock (output)
            {
                output.Add(line);
            }
        }
    }
}
