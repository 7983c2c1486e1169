using EndToEnd.ConformanceTests;
using EndToEnd.Tests.Running;

namespace EndToEnd.Tests.Plugin;

/// <summary>The product running, and kubectl with the plugin on its PATH.</summary>
public abstract class PluginTests(Installation installation) : IClassFixture<Installation>, IDisposable
{
    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected Installation Installation => installation;

    private protected PluginFolder Plugins { get; } = new();

    /// <summary>As a cluster administrator.</summary>
    private protected Kubectl Kubectl => field ??= Plugins.Kubectl(installation.ControlPlane.AdminKubeconfigPath);

    /// <inheritdoc/>
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        Dispose(disposing: true);
    }

    /// <summary>Removes what the test made.</summary>
    protected virtual void Dispose(bool disposing)
    {
        Kubectl.Dispose();
        Plugins.Dispose();
    }

    /// <summary>The environment of a person at a terminal.</summary>
    private protected Dictionary<string, string> Variables() => new(Plugins.Environment, StringComparer.Ordinal)
    {
        ["KUBECONFIG"] = installation.ControlPlane.AdminKubeconfigPath,
        ["TERM"] = "xterm",
    };
}
