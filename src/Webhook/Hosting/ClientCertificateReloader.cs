using Microsoft.Extensions.Options;

namespace Webhook.Hosting;

/// <summary>Looks at the file of the callers' authorities as often as at the certificate's files.</summary>
internal sealed class ClientCertificateReloader(ClientCertificateCheck check, IOptions<HttpsOptions> options, TimeProvider time) : BackgroundService
{
    /// <inheritdoc/>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        check.LoadFirst();
        return base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!check.IsOn)
        {
            return;
        }

        using var timer = new PeriodicTimer(options.Value.ReloadInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            check.Reload();
        }
    }
}
