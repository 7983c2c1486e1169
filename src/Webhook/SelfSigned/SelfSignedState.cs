using System.Diagnostics.Metrics;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Webhook.SelfSigned;

/// <summary>How it stands, for probes and metrics. Safe for concurrent use.</summary>
internal sealed class SelfSignedState : IHealthCheck
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "Webhook.SelfSigned";

    private readonly Counter<long> renewals;
    private readonly Counter<long> failures;
    private volatile StoredCertificates? settled;
    private volatile string? problem;

    public SelfSignedState(TimeProvider time, IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        renewals = meter.CreateCounter<long>("webhook.self_signed.renewals", "{certificate}", "Certificates that this process has made, by kind.");
        failures = meter.CreateCounter<long>("webhook.self_signed.failures", "{check}", "Looks at the Secret and the webhook configurations that failed.");
        meter.CreateObservableGauge(
            "webhook.certificate_authority.expiry",
            () => settled is { Authority: { } authority } ? (authority.NotAfter - time.GetUtcNow()).TotalSeconds : 0,
            "s",
            "Time until the self-signed authority expires; 0 before there is one.");
    }

    /// <summary>What is wrong now; null: nothing.</summary>
    public string? Problem => problem;

    /// <summary>What is served is trusted.</summary>
    /// <param name="certificates">What is stored.</param>
    /// <param name="warning">What works all the same and should be looked at; null: nothing.</param>
    public void Settle(StoredCertificates certificates, string? warning)
    {
        settled = certificates;
        problem = warning;
    }

    /// <summary>A look failed. True: for another reason than the last one.</summary>
    public bool Fail(string reason)
    {
        failures.Add(1);
        var isNews = problem != reason;
        problem = reason;
        return isNews;
    }

    /// <summary>This process has carried out a step.</summary>
    public void Count(RenewalStep step)
    {
        if (step is RenewalStep.MakeAuthority or RenewalStep.PrepareAuthority or RenewalStep.IssueLeaf)
        {
            renewals.Add(1, new KeyValuePair<string, object?>("certificate", step is RenewalStep.IssueLeaf ? "leaf" : "authority"));
        }
    }

    /// <summary>Unhealthy until the first time that everything stood; afterwards a replica that serves goes on serving.</summary>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult((settled, problem) switch
        {
            (null, var reason) => HealthCheckResult.Unhealthy(reason ?? "The certificate is not made yet."),
            (_, { } reason) => HealthCheckResult.Degraded(reason),
            ({ } certificates, null) => HealthCheckResult.Healthy(Describe(certificates)),
        });

    private static string Describe(StoredCertificates certificates) =>
        $"The authority is valid until {certificates.Authority!.NotAfter:u}, its certificate until {certificates.Leaf!.NotAfter:u}; caBundle is written."
        + (certificates.Next is { } next ? $" The next authority ({next}) is trusted and will sign soon." : "");
}
