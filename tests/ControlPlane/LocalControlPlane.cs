using System.Security.Cryptography.X509Certificates;
using ControlPlane.Certificates;
using ControlPlane.Client;
using ControlPlane.Controllers;

namespace ControlPlane;

/// <summary>
/// What both forms have in common: files, a client, and the controllers that would stand beside an API server. A form begins to connect
/// as soon as its address is known.
/// </summary>
internal abstract class LocalControlPlane(ControlPlaneOptions options) : IControlPlane
{
    private ApiClient? _client;
    private ClusterControllers? _controllers;

    /// <inheritdoc/>
    public abstract bool IsReal { get; }

    /// <inheritdoc/>
    public Uri ServerUrl { get; private set; } = new("https://127.0.0.1");

    /// <inheritdoc/>
    public X509Certificate2 CertificateAuthority => Files.Authority.Certificate;

    /// <inheritdoc/>
    public string AdminKubeconfigPath => Files.AdminKubeconfigPath;

    protected ControlPlaneOptions Options => options;

    protected ClusterFiles Files { get; } = new(options);

    /// <summary>As a cluster administrator.</summary>
    /// <exception cref="InvalidOperationException">Before <see cref="Connect"/>.</exception>
    protected ApiClient Client => _client ?? throw new InvalidOperationException("The control plane is not started.");

    /// <summary>Starts the servers; when that fails, nothing of them remains.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await StartServersAsync(cancellationToken);
            await Files.WriteAdminKubeconfigAsync(ServerUrl, cancellationToken);
            _controllers = new ClusterControllers(Client, options.TimeProvider);
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public Task<string> CreateUserAsync(string username, IReadOnlyList<string> groups, CancellationToken cancellationToken)
        => Files.CreateUserAsync(ServerUrl, username, groups, cancellationToken);

    /// <inheritdoc/>
    public Task InstallCustomResourceDefinitionsAsync(string path, CancellationToken cancellationToken)
        => Installation.InstallCustomResourceDefinitionsAsync(Client, path, options.TimeProvider, cancellationToken);

    /// <inheritdoc/>
    public Task InstallWebhooksAsync(string manifestYaml, Uri webhookBaseUrl, string caBundle, CancellationToken cancellationToken)
        => Installation.InstallWebhooksAsync(Client, manifestYaml, webhookBaseUrl, caBundle, options.TimeProvider, cancellationToken);

    /// <inheritdoc/>
    public abstract Task RestartAsync(CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract Task CutWatchesAsync(CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract Task CompactAsync(CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract Task<IReadOnlyList<AccessRecord>> ReadAccessesAsync(CancellationToken cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_controllers is not null)
        {
            await _controllers.DisposeAsync();
        }

        _client?.Dispose();
        await StopServersAsync();
        Files.Dispose();
    }

    /// <summary>Starts what answers at <see cref="ServerUrl"/>, and calls <see cref="Connect"/>.</summary>
    protected abstract Task StartServersAsync(CancellationToken cancellationToken);

    /// <summary>Ends what was started, as far as it got.</summary>
    protected abstract ValueTask StopServersAsync();

    /// <summary>Makes the client for the address that the servers have.</summary>
    protected void Connect(int port)
    {
        ServerUrl = new Uri($"https://127.0.0.1:{port}");
        _client = new ApiClient(ServerUrl, CertificateAuthority, Files.Admin);
    }

    protected IssuedCertificate IssueServerCertificate() =>
        Files.Authority.IssueServer("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc");
}
