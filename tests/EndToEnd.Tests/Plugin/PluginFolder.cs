using System.Runtime.InteropServices;
using EndToEnd.ConformanceTests;

namespace EndToEnd.Tests.Plugin;

/// <summary>The plugin as docs/plugin.md installs it: a link on the PATH to this build's executable, which kubectl finds by its name.</summary>
internal sealed class PluginFolder : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kubectl-plugins-");

    public PluginFolder() => File.CreateSymbolicLink(Path.Combine(folder.FullName, "kubectl-datasource"), Path.Combine(AppContext.BaseDirectory, "Webhook"));

    /// <summary>What kubectl needs to find it, and it its runtime.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["PATH"] = $"{folder.FullName}:{System.Environment.GetEnvironmentVariable("PATH")}",
        ["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")),
    };

    /// <summary>A kubectl that has it.</summary>
    public Kubectl Kubectl(string kubeconfig) => new(kubeconfig) { Environment = Environment };

    public void Dispose() => folder.Delete(recursive: true);
}
