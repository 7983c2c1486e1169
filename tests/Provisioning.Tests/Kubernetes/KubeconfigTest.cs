namespace Provisioning.Tests.Kubernetes;

/// <summary>A test with a folder for kubeconfigs and what they name, and an authority for the certificates.</summary>
public abstract class KubeconfigTest : IDisposable
{
    private protected TestAuthority Authority { get; } = new();

    private protected TemporaryFolder Folder { get; } = new();

    /// <inheritdoc/>
    public void Dispose()
    {
        Authority.Dispose();
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }
}
