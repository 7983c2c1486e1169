using System.Security.Cryptography.X509Certificates;
using ControlPlane.Client;
using ControlPlane.Controllers;

namespace ControlPlane.Embedded;

/// <summary>An API server inside this process.</summary>
internal sealed class EmbeddedControlPlane : IControlPlane
{
    private readonly ControlPlaneOptions _options;
    private readonly ClusterFiles _files;
    private readonly X509Certificate2 _certificate;
    private readonly Cluster _cluster;
    private ApiServer? _server;
    private ApiClient? _client;
    private ClusterControllers? _controllers;

    private EmbeddedControlPlane(ControlPlaneOptions options)
    {
        _options = options;
        _files = new ClusterFiles(options);
        _certificate = _files.Authority.IssueServer("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc").Load();
        _cluster = new Cluster(_files, options.TimeProvider);
    }

    /// <inheritdoc/>
    public bool IsReal => false;

    /// <inheritdoc/>
    public Uri ServerUrl { get; private set; } = new("https://127.0.0.1");

    /// <inheritdoc/>
    public X509Certificate2 CertificateAuthority => _files.Authority.Certificate;

    /// <inheritdoc/>
    public string AdminKubeconfigPath => _files.AdminKubeconfigPath;

    private ApiClient Client => _client ?? throw new InvalidOperationException("The control plane is not started.");

    /// <summary>Starts to listen.</summary>
    public static async Task<EmbeddedControlPlane> StartAsync(ControlPlaneOptions options, CancellationToken cancellationToken)
    {
        var controlPlane = new EmbeddedControlPlane(options);
        try
        {
            await controlPlane.StartAsync(cancellationToken);
            return controlPlane;
        }
        catch
        {
            await controlPlane.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public Task<string> CreateUserAsync(string username, IReadOnlyList<string> groups, CancellationToken cancellationToken)
        => _files.CreateUserAsync(ServerUrl, username, groups, cancellationToken);

    /// <inheritdoc/>
    public Task InstallCustomResourceDefinitionsAsync(string path, CancellationToken cancellationToken)
        => Installation.InstallCustomResourceDefinitionsAsync(Client, path, _options.TimeProvider, cancellationToken);

    /// <inheritdoc/>
    public Task InstallWebhooksAsync(string manifestYaml, Uri webhookBaseUrl, string caBundle, CancellationToken cancellationToken)
        => Installation.InstallWebhooksAsync(Client, manifestYaml, webhookBaseUrl, caBundle, _options.TimeProvider, cancellationToken);

    /// <inheritdoc/>
    public async Task RestartAsync(CancellationToken cancellationToken)
    {
        await _cluster.Cuts.CutAsync();
        await _server!.DisposeAsync();
        _server = await ApiServer.StartAsync(ServerUrl.Port, _certificate, _cluster.Handler, cancellationToken);
    }

    /// <inheritdoc/>
    public Task CutWatchesAsync(CancellationToken cancellationToken) => _cluster.Cuts.CutAsync();

    /// <inheritdoc/>
    public Task CompactAsync(CancellationToken cancellationToken)
    {
        _cluster.Store.Compact();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<AccessRecord>> ReadAccessesAsync(CancellationToken cancellationToken) => Task.FromResult(_cluster.Accesses.Records);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_controllers is not null)
        {
            await _controllers.DisposeAsync();
        }

        await _cluster.DisposeAsync();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _client?.Dispose();
        _certificate.Dispose();
        _files.Dispose();
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        _server = await ApiServer.StartAsync(_options.Port, _certificate, _cluster.Handler, cancellationToken);
        ServerUrl = new Uri($"https://127.0.0.1:{_server.Port}");
        _client = new ApiClient(ServerUrl, CertificateAuthority, _files.Admin);
        await _files.WriteAdminKubeconfigAsync(ServerUrl, cancellationToken);
        _controllers = new ClusterControllers(_client, _options.TimeProvider);
    }
}
