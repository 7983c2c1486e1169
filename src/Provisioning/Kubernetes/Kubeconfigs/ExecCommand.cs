using System.ComponentModel;
using System.Diagnostics;

namespace Provisioning.Kubernetes.Kubeconfigs;

/// <summary>The command of a credential plugin, ready to run. What it says on standard error is for the person, who sees it as it comes.</summary>
/// <param name="source">What errors name; never an argument or a variable of the command: they may hold a credential.</param>
/// <param name="configuration">The kubeconfig's entry, which was checked.</param>
internal sealed class ExecCommand(string source, ExecConfiguration configuration)
{
    /// <summary>Full path, or a name to be found on the <c>PATH</c>.</summary>
    public required string Command { get; init; }

    /// <summary>What it is told in <see cref="ExecRequest.Variable"/>.</summary>
    public required string Request { get; init; }

    /// <summary>Whether it gets our standard input to ask on; else it gets none.</summary>
    public bool IsInteractive { get; init; }

    /// <summary>Runs the command to its end, however long that takes: a person may have to log in meanwhile.</summary>
    /// <returns>Its answer.</returns>
    /// <exception cref="KubernetesConfigurationException">It cannot be run, fails, or gives no credential.</exception>
    public async Task<ExecAnswer> RunAsync(CancellationToken cancellationToken)
    {
        using var process = Start();
        try
        {
            if (!IsInteractive)
            {
                process.StandardInput.Close();
            }

            var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode == 0
                ? ExecAnswer.Parse(output, configuration.ApiVersion!, source)
                : throw new KubernetesConfigurationException(source, $"the plugin {configuration.Command} failed with exit code {process.ExitCode}; what it said of it stands above.");
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    private Process Start()
    {
        var start = new ProcessStartInfo(Find() ?? throw NotFound())
        {
            UseShellExecute = false,
            RedirectStandardInput = !IsInteractive,
            RedirectStandardOutput = true,
        };
        foreach (var argument in configuration.Arguments ?? [])
        {
            start.ArgumentList.Add(argument ?? "");
        }

        foreach (var variable in configuration.Environment ?? [])
        {
            start.Environment[variable!.Name!] = variable.Value ?? "";
        }

        start.Environment[ExecRequest.Variable] = Request;
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new KubernetesConfigurationException(source, $"the plugin {configuration.Command} cannot be run ({exception.Message}); mend the file or its permissions.");
        }
    }

    // Process.Start would look beside our own executable and in the current folder first: whoever may write there would be run.
    private string? Find() => Path.IsPathRooted(Command)
        ? File.Exists(Command) ? Command : null
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Where(Path.IsPathRooted)
            .SelectMany(folder => OperatingSystem.IsWindows() ? [Path.Combine(folder, Command + ".exe"), Path.Combine(folder, Command)] : new[] { Path.Combine(folder, Command) })
            .FirstOrDefault(IsExecutable);

    private static bool IsExecutable(string path) => File.Exists(path)
        && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != UnixFileMode.None);

    private KubernetesConfigurationException NotFound()
    {
        var hint = string.IsNullOrWhiteSpace(configuration.InstallHint) ? "" : $"\n\n{configuration.InstallHint.Trim()}";
        return new KubernetesConfigurationException(source, $"the plugin {configuration.Command} was not found; install it, or correct the kubeconfig.{hint}");
    }
}
