using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ControlPlane.Client;
using ControlPlane.Controllers;

namespace ControlPlane.Real;

/// <summary>kube-apiserver and etcd as child processes, with the garbage collector and namespace controller that they lack.</summary>
internal sealed class RealControlPlane : IControlPlane
{
    private readonly ControlPlaneOptions _options;
    private readonly ClusterFiles _files;
    private readonly int _apiPort = FreePort();
    private readonly TcpRelay _relay;
    private readonly Etcd _etcd;
    private readonly RequestAudit _audit;
    private ApiClient? _client;
    private ClusterControllers? _controllers;
    private ChildProcess? _apiServer;

    private RealControlPlane(ControlPlaneOptions options)
    {
        _options = options;
        _files = new ClusterFiles(options);
        _relay = new TcpRelay(options.Port, _apiPort);
        _etcd = new Etcd(Path.Combine(options.BinariesDirectory!, "etcd"), _files.Temporary, FreePort(), FreePort());
        _audit = new RequestAudit(_files.Temporary);
        ServerUrl = new Uri($"https://127.0.0.1:{_relay.Port}");
    }

    /// <inheritdoc/>
    public bool IsReal => true;

    /// <inheritdoc/>
    public Uri ServerUrl { get; }

    /// <inheritdoc/>
    public X509Certificate2 CertificateAuthority => _files.Authority.Certificate;

    /// <inheritdoc/>
    public string AdminKubeconfigPath => _files.AdminKubeconfigPath;

    private ApiClient Client => _client ?? throw new InvalidOperationException("The control plane is not started.");

    /// <summary>Starts both processes; gives up, and cleans up, when they are not ready in time.</summary>
    public static async Task<RealControlPlane> StartAsync(ControlPlaneOptions options, CancellationToken cancellationToken)
    {
        var controlPlane = new RealControlPlane(options);
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
        await _apiServer!.DisposeAsync();
        await StartApiServerAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public Task CutWatchesAsync(CancellationToken cancellationToken)
    {
        _relay.Cut();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task CompactAsync(CancellationToken cancellationToken)
    {
        await _apiServer!.DisposeAsync();
        await _etcd.CompactAsync(cancellationToken);
        await StartApiServerAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<AccessRecord>> ReadAccessesAsync(CancellationToken cancellationToken) => _audit.ReadAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_controllers is not null)
        {
            await _controllers.DisposeAsync();
        }

        _client?.Dispose();
        await _relay.DisposeAsync();
        if (_apiServer is not null)
        {
            await _apiServer.DisposeAsync();
        }

        await _etcd.DisposeAsync();
        _files.Dispose();
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        var server = _files.Authority.IssueServer("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc");
        await WriteAsync("apiserver.crt", server.CertificatePem, cancellationToken);
        await WriteAsync("apiserver.key", server.KeyPem, cancellationToken);
        await WriteAsync("ca.crt", _files.Authority.CertificatePem, cancellationToken);
        using (var key = RSA.Create(2048))
        {
            await WriteAsync("service-account.key", key.ExportRSAPrivateKeyPem() + "\n", cancellationToken);
        }

        await _audit.WritePolicyAsync(cancellationToken);
        await _etcd.StartAsync();
        _client = new ApiClient(ServerUrl, CertificateAuthority, _files.Admin);
        await StartApiServerAsync(cancellationToken);
        await _files.WriteAdminKubeconfigAsync(ServerUrl, cancellationToken);
        _controllers = new ClusterControllers(_client, _options.TimeProvider);
    }

    private async Task StartApiServerAsync(CancellationToken cancellationToken)
    {
        string[] arguments =
        [
            $"--etcd-servers={_etcd.ClientUrl}", "--etcd-compaction-interval=0", $"--secure-port={_apiPort}", "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1", "--endpoint-reconciler-type=none", $"--cert-dir={_files.Temporary}",
            $"--tls-cert-file={InTemporary("apiserver.crt")}", $"--tls-private-key-file={InTemporary("apiserver.key")}",
            $"--client-ca-file={InTemporary("ca.crt")}", "--authorization-mode=RBAC",
            $"--service-account-key-file={InTemporary("service-account.key")}",
            $"--service-account-signing-key-file={InTemporary("service-account.key")}",
            "--service-account-issuer=https://kubernetes.default.svc.cluster.local", "--service-cluster-ip-range=10.0.0.0/24",
            "--enable-admission-plugins=OwnerReferencesPermissionEnforcement", .. _audit.Arguments,
        ];
        _apiServer = await ChildProcess.StartAsync(
            Path.Combine(_options.BinariesDirectory!, "kube-apiserver"), arguments, InTemporary("kube-apiserver.log"));
        var started = _options.TimeProvider.GetTimestamp();
        while (!await IsReadyAsync(cancellationToken))
        {
            if (_apiServer.HasExited || _options.TimeProvider.GetElapsedTime(started) > _options.StartTimeout)
            {
                throw new InvalidOperationException($"kube-apiserver is not ready:\n{_apiServer.LogTail()}\netcd:\n{_etcd.LogTail()}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), _options.TimeProvider, cancellationToken);
        }
    }

    private async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await Client.SendAsync(HttpMethod.Get, "/readyz", null, cancellationToken)).StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The client's own timeout: on a busy machine the handshake of a server that starts may take long.
            return false;
        }
    }

    private string InTemporary(string file) => Path.Combine(_files.Temporary, file);

    private Task WriteAsync(string file, string text, CancellationToken cancellationToken)
        => File.WriteAllTextAsync(InTemporary(file), text, cancellationToken);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
