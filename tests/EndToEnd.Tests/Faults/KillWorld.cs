using EndToEnd.Tests.Provisioning;

namespace EndToEnd.Tests.Faults;

/// <summary>
/// A control plane and a PostgreSQL server of their own: no other test's controller makes good here what a killed one has left. Its tests run one
/// after the other.
/// </summary>
[CollectionDefinition(Name)]
public sealed class KillWorld : IAsyncLifetime, ICollectionFixture<KillWorld>
{
    /// <summary>The name of the collection.</summary>
    public const string Name = "killing";

    internal ProvisioningWorld World { get; } = new();

    internal string Kubeconfig => World.ControlPlane.AdminKubeconfigPath;

    /// <inheritdoc/>
    public ValueTask InitializeAsync() => World.InitializeAsync();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => World.DisposeAsync();
}
