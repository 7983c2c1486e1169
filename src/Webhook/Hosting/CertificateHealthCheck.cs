using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Webhook.Hosting;

/// <summary>Tells when the certificate expires, and that its files are unusable before that matters.</summary>
internal sealed class CertificateHealthCheck(CertificateSource source, ClientCertificateCheck callers, TimeProvider time) : IHealthCheck
{
    /// <summary>cert-manager renews a 90-day certificate 30 days ahead: with a week left nobody does.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromDays(7);

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(Check());

    private HealthCheckResult Check()
    {
        if (!source.IsLoaded)
        {
            return HealthCheckResult.Unhealthy("No certificate is loaded.");
        }

        var notAfter = source.Current.NotAfter;
        var left = notAfter - time.GetUtcNow();
        return (left, source.Problem) switch
        {
            var (time, _) when time <= TimeSpan.Zero => HealthCheckResult.Unhealthy($"The certificate expired on {notAfter:u}."),
            (_, { } problem) => HealthCheckResult.Degraded($"Serving the last good certificate (until {notAfter:u}): {problem}"),
            var (_, _) when callers.Problem is { } fault => HealthCheckResult.Degraded($"Checking callers against the last good authorities: {fault}"),
            var (time, _) when time < Soon => HealthCheckResult.Degraded($"The certificate expires on {notAfter:u}."),
            _ => HealthCheckResult.Healthy($"The certificate is valid until {notAfter:u}."),
        };
    }
}
