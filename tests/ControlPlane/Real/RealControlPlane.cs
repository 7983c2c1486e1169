using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace ControlPlane.Real;

/// <summary>kube-apiserver and etcd as child processes, with the garbage collector and namespace controller that they lack.</summary>
internal sealed class RealControlPlane : LocalControlPlane
{
    private readonly int _apiPort = FreePort();
    private readonly TcpRelay _relay;
    private readonly Etcd? _etcd;
    private readonly RequestAudit _audit;
    private ChildProcess? _apiServer;

    internal RealControlPlane(ControlPlaneOptions options)
        : base(options)
    {
        _relay = new TcpRelay(options.Port, _apiPort);
        _etcd = options.StorageUrl is null ? new Etcd(Path.Combine(options.BinariesDirectory!, "etcd"), Files.Temporary, FreePort(), FreePort()) : null;
        _audit = new RequestAudit(Files.Temporary);
    }

    /// <inheritdoc/>
    public override bool IsReal => true;

    /// <inheritdoc/>
    public override async Task RestartAsync(CancellationToken cancellationToken)
    {
        await _apiServer!.DisposeAsync();
        await StartApiServerAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override Task CutWatchesAsync(CancellationToken cancellationToken)
    {
        _relay.Cut();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override async Task CompactAsync(CancellationToken cancellationToken)
    {
        var etcd = _etcd ?? throw new NotSupportedException("The storage is not this control plane's own.");
        await _apiServer!.DisposeAsync();
        await etcd.CompactAsync(cancellationToken);
        await StartApiServerAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override Task<IReadOnlyList<AccessRecord>> ReadAccessesAsync(CancellationToken cancellationToken) => _audit.ReadAsync(cancellationToken);

    /// <summary>Starts both processes; gives up when they are not ready in time.</summary>
    protected override async Task StartServersAsync(CancellationToken cancellationToken)
    {
        var server = IssueServerCertificate();
        await WriteAsync("apiserver.crt", server.CertificatePem, cancellationToken);
        await WriteAsync("apiserver.key", server.KeyPem, cancellationToken);
        await WriteAsync("ca.crt", Files.Authority.CertificatePem, cancellationToken);
        using (var key = RSA.Create(2048))
        {
            await WriteAsync("service-account.key", key.ExportRSAPrivateKeyPem() + "\n", cancellationToken);
        }

        await _audit.WritePolicyAsync(cancellationToken);
        if (_etcd is not null)
        {
            await _etcd.StartAsync();
        }

        Connect(_relay.Port);
        await StartApiServerAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async ValueTask StopServersAsync()
    {
        await _relay.DisposeAsync();
        if (_apiServer is not null)
        {
            await _apiServer.DisposeAsync();
        }

        if (_etcd is not null)
        {
            await _etcd.DisposeAsync();
        }
    }

    private async Task StartApiServerAsync(CancellationToken cancellationToken)
    {
        string[] arguments =
        [
            $"--etcd-servers={_etcd?.ClientUrl ?? Options.StorageUrl}", "--etcd-compaction-interval=0", $"--secure-port={_apiPort}", "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1", "--endpoint-reconciler-type=none", $"--cert-dir={Files.Temporary}",
            $"--tls-cert-file={InTemporary("apiserver.crt")}", $"--tls-private-key-file={InTemporary("apiserver.key")}",
            $"--client-ca-file={InTemporary("ca.crt")}", "--authorization-mode=RBAC",
            $"--service-account-key-file={InTemporary("service-account.key")}",
            $"--service-account-signing-key-file={InTemporary("service-account.key")}",
            "--service-account-issuer=https://kubernetes.default.svc.cluster.local", "--service-cluster-ip-range=10.0.0.0/24",
            "--enable-admission-plugins=OwnerReferencesPermissionEnforcement", .. _audit.Arguments,
        ];
        _apiServer = await ChildProcess.StartAsync(
            Path.Combine(Options.BinariesDirectory!, "kube-apiserver"), arguments, InTemporary("kube-apiserver.log"));
        var started = Options.TimeProvider.GetTimestamp();
        while (!await IsReadyAsync(cancellationToken))
        {
            if (_apiServer.HasExited || Options.TimeProvider.GetElapsedTime(started) > Options.StartTimeout)
            {
                throw new InvalidOperationException($"kube-apiserver is not ready:\n{_apiServer.LogTail()}\netcd:\n{_etcd?.LogTail()}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), Options.TimeProvider, cancellationToken);
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

    private string InTemporary(string file) => Path.Combine(Files.Temporary, file);

    private Task WriteAsync(string file, string text, CancellationToken cancellationToken)
        => File.WriteAllTextAsync(InTemporary(file), text, cancellationToken);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
