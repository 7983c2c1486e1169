using Microsoft.Extensions.Options;

namespace Webhook.Hosting;

/// <summary>Looks at the certificate's files again and again: file notifications miss the swaps of links and shared folders.</summary>
internal sealed class CertificateReloader(CertificateFolder folder, CertificateSource source, IOptions<HttpsOptions> options, TimeProvider time)
    : BackgroundService
{
    /// <inheritdoc/>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        if (!source.IsLoaded)
        {
            folder.LoadFirst();
        }

        return base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.ReloadInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            folder.Reload();
        }
    }
}
