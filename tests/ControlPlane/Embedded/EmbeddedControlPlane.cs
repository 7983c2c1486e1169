using System.Security.Cryptography.X509Certificates;

namespace ControlPlane.Embedded;

/// <summary>An API server inside this process.</summary>
internal sealed class EmbeddedControlPlane : LocalControlPlane
{
    private readonly X509Certificate2 _certificate;
    private readonly Cluster _cluster;
    private ApiServer? _server;

    internal EmbeddedControlPlane(ControlPlaneOptions options)
        : base(options)
    {
        _certificate = IssueServerCertificate().Load();
        _cluster = new Cluster(Files, options.TimeProvider);
    }

    /// <inheritdoc/>
    public override bool IsReal => false;

    /// <inheritdoc/>
    public override async Task RestartAsync(CancellationToken cancellationToken)
    {
        await _cluster.Cuts.CutAsync();
        await _server!.DisposeAsync();
        _server = await ApiServer.StartAsync(ServerUrl.Port, _certificate, _cluster.Handler, cancellationToken);
    }

    /// <inheritdoc/>
    public override Task CutWatchesAsync(CancellationToken cancellationToken) => _cluster.Cuts.CutAsync();

    /// <inheritdoc/>
    public override Task CompactAsync(CancellationToken cancellationToken)
    {
        _cluster.Store.Compact();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task<IReadOnlyList<AccessRecord>> ReadAccessesAsync(CancellationToken cancellationToken) => Task.FromResult(_cluster.Accesses.Records);

    /// <inheritdoc/>
    protected override async Task StartServersAsync(CancellationToken cancellationToken)
    {
        _server = await ApiServer.StartAsync(Options.Port, _certificate, _cluster.Handler, cancellationToken);
        Connect(_server.Port);
    }

    /// <inheritdoc/>
    protected override async ValueTask StopServersAsync()
    {
        await _cluster.DisposeAsync();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _certificate.Dispose();
    }
}
