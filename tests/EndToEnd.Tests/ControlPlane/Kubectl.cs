using System.Diagnostics;
using ControlPlane;

namespace EndToEnd.ConformanceTests;

/// <summary>Runs the real kubectl against a control plane, with a cache of its own: discovery of another server on the same port is no help.</summary>
internal sealed class Kubectl(string kubeconfig) : IDisposable
{
    private readonly string _cache = Directory.CreateTempSubdirectory("kubectl-").FullName;

    /// <summary>Further variables for kubectl and its plugins. Default: none.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>What it is called with in <c>KUBECONFIG</c>.</summary>
    public string Kubeconfig => kubeconfig;

    public static Kubectl Admin(IControlPlane controlPlane) => new(controlPlane.AdminKubeconfigPath);

    /// <summary>Runs kubectl with arguments separated by spaces and returns what it wrote; does not throw when it fails.</summary>
    public async Task<KubectlResult> TryAsync(string arguments, string? input = null)
    {
        var start = new ProcessStartInfo("kubectl")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["KUBECONFIG"] = kubeconfig;
        start.Environment["KUBECACHEDIR"] = _cache;
        foreach (var (name, value) in Environment)
        {
            start.Environment[name] = value;
        }

        foreach (var argument in arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            start.ArgumentList.Add(argument);
        }

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(TimeSpan.FromMinutes(2));
        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(timeout.Token);
            var error = process.StandardError.ReadToEndAsync(timeout.Token);
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
            await process.WaitForExitAsync(timeout.Token);
            return new KubectlResult(process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    /// <summary>Runs kubectl and fails the test when it does.</summary>
    public async Task<string> RunAsync(string arguments, string? input = null)
    {
        var result = await TryAsync(arguments, input);
        Assert.True(result.ExitCode == 0, $"kubectl {arguments}: {result.Error}{result.Output}");
        return result.Output.Trim();
    }

    /// <summary>Runs kubectl, fails the test when it succeeds, and returns what it complained of.</summary>
    public async Task<string> FailAsync(string arguments, string? input = null)
    {
        var result = await TryAsync(arguments, input);
        Assert.True(result.ExitCode != 0, $"kubectl {arguments} succeeded: {result.Output}");
        return result.Error.Trim();
    }

    public void Dispose() => Directory.Delete(_cache, recursive: true);
}

internal sealed record KubectlResult(int ExitCode, string Output, string Error);
