using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;

namespace Webhook.Hosting;

/// <summary>Looks at the certificate's files again and again: file notifications miss the swaps of links and shared folders.</summary>
internal sealed class CertificateReloader : BackgroundService
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "Webhook.Hosting";

    private readonly CertificateSource source;
    private readonly TimeProvider time;
    private readonly TimeSpan interval;

    public CertificateReloader(CertificateSource source, IOptions<HttpsOptions> options, TimeProvider time, IMeterFactory meters)
    {
        this.source = source;
        this.time = time;
        interval = options.Value.ReloadInterval;
        meters.Create(MeterName).CreateObservableGauge(
            "webhook.certificate.expiry",
            () => source.IsLoaded ? (source.Current.NotAfter - time.GetUtcNow()).TotalSeconds : 0,
            "s",
            "Time until the served certificate expires; negative afterwards.");
    }

    /// <inheritdoc/>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        if (!source.IsLoaded)
        {
            source.LoadFirst();
        }

        return base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            source.Reload();
        }
    }
}
