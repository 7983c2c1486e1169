using System.Net;
using Microsoft.Extensions.Options;
using Provisioning.Kubernetes;

namespace Webhook.SelfSigned;

/// <summary>Looks after the self-signed certificate for as long as the process runs.</summary>
internal sealed class SelfSignedCertificate(
    CertificateRound round, SelfSignedState state, IOptions<SelfSignedOptions> options, TimeProvider time, ILogger<SelfSignedCertificate> logger)
    : BackgroundService
{
    // Somebody else writes at the same moment; after this many times in a row the next look can wait.
    private const int MaximumConflicts = 5;
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(2);

    private readonly RenewalPolicy policy = RenewalPolicy.From(options.Value, Random.Shared.NextDouble());

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            var wait = await LookAsync(stoppingToken);

            // Replicas that started together do not stay together.
            await Task.Delay(wait * (0.75 + (Random.Shared.NextDouble() / 4)), time, stoppingToken);
        }
    }

    private async Task<TimeSpan> LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            for (var attempt = 0; attempt < MaximumConflicts; attempt++)
            {
                if (await round.RunAsync(policy, time.GetUtcNow(), cancellationToken) is { } certificates)
                {
                    var untilNext = RenewalPlan.NextMoment(certificates, policy) - time.GetUtcNow();
                    return TimeSpan.FromTicks(Math.Clamp(untilNext.Ticks, RetryInterval.Ticks / 4, options.Value.CheckInterval.Ticks));
                }
            }

            return RetryInterval;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Nothing may end the loop: a certificate that nobody renews is an outage in a few weeks.
            if (state.Fail(Describe(exception)))
            {
                logger.RoundFailed(state.Problem!);
            }

            return (exception as KubernetesApiException)?.RetryAfter is { } asked && asked > RetryInterval ? asked : RetryInterval;
        }
    }

    private static string Describe(Exception exception) => exception switch
    {
        KubernetesApiException { StatusCode: HttpStatusCode.Forbidden } refused => $"The API server refuses: {refused.Message}. See docs/certificates.md for the rights.",
        KubernetesApiException refused => $"The API server refuses: {refused.Message}",
        HttpRequestException or IOException => "The API server cannot be reached.",
        _ => $"{exception.GetType().Name}: {exception.Message}",
    };
}
