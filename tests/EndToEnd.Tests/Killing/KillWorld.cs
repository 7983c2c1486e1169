using EndToEnd.Tests.Provisioning;

namespace EndToEnd.Tests.Killing;

/// <summary>A control plane and a PostgreSQL server of their own: no other test's controller makes good here what a killed one has left.</summary>
public sealed class KillWorld : IAsyncLifetime
{
    internal ProvisioningWorld World { get; } = new();

    internal string Kubeconfig => World.ControlPlane.AdminKubeconfigPath;

    /// <inheritdoc/>
    public ValueTask InitializeAsync() => World.InitializeAsync();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => World.DisposeAsync();
}
