using System.Diagnostics.Metrics;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Webhook.Hosting;
using Webhook.SelfSigned;

namespace Webhook.Tests.SelfSigned;

/// <summary>One process of several that share a cluster, at a time that the test sets.</summary>
internal sealed class Replica : IDisposable
{
    private readonly ServiceProvider meters = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly CertificateRound round;
    private readonly Clock clock;

    public Replica(FakeCluster cluster, Clock clock, double random = 0)
    {
        this.clock = clock;
        var settings = new SelfSignedOptions
        {
            Enabled = true,
            Namespace = FakeCluster.SecretName.Namespace,
            SecretName = FakeCluster.SecretName.Name,
            ServiceName = "service",
            ValidatingWebhookConfiguration = FakeCluster.Configuration.Name,
            MutatingWebhookConfiguration = FakeCluster.Configuration.Name,
            AdditionalNames = ["127.0.0.1"],
        };
        var options = Options.Create(settings);
        var factory = meters.GetRequiredService<IMeterFactory>();
        Policy = RenewalPolicy.From(settings, random);
        Source = new CertificateSource(clock, factory, NullLogger<CertificateSource>.Instance);
        State = new SelfSignedState(clock, factory);
        round = new CertificateRound(
            new CertificateSecret(cluster, options),
            new TrustBundles(cluster, options, NullLogger<TrustBundles>.Instance),
            Source,
            State,
            NullLogger<CertificateRound>.Instance);
    }

    public RenewalPolicy Policy { get; }

    public CertificateSource Source { get; }

    public SelfSignedState State { get; }

    /// <summary>When the next step is due.</summary>
    public DateTimeOffset NextMoment { get; private set; }

    /// <summary>The leaf that callers are shown.</summary>
    public X509Certificate2 Served => Source.Current.Context.TargetCertificate;

    /// <summary>Looks once; true unless another was writing.</summary>
    public async Task<bool> LookAsync()
    {
        var stored = await round.RunAsync(Policy, clock.Now, TestContext.Current.CancellationToken);
        NextMoment = stored is null ? clock.Now : RenewalPlan.NextMoment(stored, Policy);
        return stored is not null;
    }

    public async Task<HealthCheckResult> HealthAsync() => await State.CheckHealthAsync(new HealthCheckContext());

    public void Dispose() => meters.Dispose();
}

/// <summary>The time.</summary>
internal sealed class Clock : TimeProvider
{
    public DateTimeOffset Now { get; set; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Now;
}
