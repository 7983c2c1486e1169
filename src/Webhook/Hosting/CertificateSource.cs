using System.Diagnostics.Metrics;

namespace Webhook.Hosting;

/// <summary>
/// The certificate that is served now, wherever it comes from. One that cannot be served changes nothing: the last good one stays. One
/// caller at a time changes it; reading is safe at any time.
/// </summary>
internal sealed class CertificateSource
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "Webhook.Hosting";

    private readonly TimeProvider time;
    private readonly ILogger<CertificateSource> logger;
    private volatile CertificatePair? current;
    private volatile string? problem;

    public CertificateSource(TimeProvider time, IMeterFactory meters, ILogger<CertificateSource> logger)
    {
        this.time = time;
        this.logger = logger;
        meters.Create(MeterName).CreateObservableGauge(
            "webhook.certificate.expiry",
            () => current is { } pair ? (pair.NotAfter - time.GetUtcNow()).TotalSeconds : 0,
            "s",
            "Time until the served certificate expires; negative afterwards.");
    }

    /// <summary>What to serve.</summary>
    /// <exception cref="InvalidOperationException">There is none yet.</exception>
    public CertificatePair Current => current ?? throw new InvalidOperationException("No certificate has been loaded.");

    /// <summary>True once there is one.</summary>
    public bool IsLoaded => current is not null;

    /// <summary>Why what there is now cannot be served; null when it can.</summary>
    public string? Problem => problem;

    /// <summary>Serves this from now on. Null: done; else why the one before is better.</summary>
    public string? TakeOver(CertificatePair pair)
    {
        if (pair.NotAfter <= time.GetUtcNow() && current is { } good && good.NotAfter > pair.NotAfter)
        {
            return $"The new certificate expired on {pair.NotAfter:u}. Renew it.";
        }

        current = pair;
        problem = null;
        logger.CertificateLoaded(pair.Thumbprint, pair.NotAfter);
        return null;
    }

    /// <summary>What is served stays, for this reason.</summary>
    public void Fail(string reason) => problem = reason;

    /// <summary>What is served is what there is.</summary>
    public void Mend() => problem = null;
}
