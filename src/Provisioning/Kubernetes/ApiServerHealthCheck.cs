using System.Net;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Provisioning.Kubernetes;

/// <summary>
/// Can this process talk to the API server? Unhealthy until it could once; afterwards only degraded: a replica that stops being ready with
/// every restart of the API server would make that restart an outage of admission.
/// </summary>
internal sealed class ApiServerHealthCheck(KubernetesClient client, TimeProvider time) : IHealthCheck
{
    // Probes of several kubelets and people must not add up to a load.
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(5);
    private volatile Answer? last;
    private volatile bool wasReached;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (last is { } known && time.GetElapsedTime(known.At) < Freshness)
        {
            return known.Result;
        }

        var result = await AskAsync(cancellationToken);
        last = new Answer(result, time.GetTimestamp());
        return result;
    }

    private async Task<HealthCheckResult> AskAsync(CancellationToken cancellationToken)
    {
        try
        {
            var version = await client.GetServerVersionAsync(cancellationToken);
            wasReached = true;
            return HealthCheckResult.Healthy($"The API server answers (version {version}).");
        }
        catch (KubernetesApiException exception) when (exception.StatusCode is HttpStatusCode.Forbidden)
        {
            wasReached = true;
            return HealthCheckResult.Healthy("The API server answers.");
        }
        catch (KubernetesApiException exception)
        {
            return Failed($"The API server refuses: {Failure.Describe(exception)}");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return Failed($"The API server cannot be reached: {Failure.Describe(exception)}");
        }
        catch (OperationCanceledException)
        {
            return Failed("The API server did not answer within the health check's time.");
        }
    }

    private HealthCheckResult Failed(string text) => wasReached ? HealthCheckResult.Degraded(text) : HealthCheckResult.Unhealthy(text);

    private sealed record Answer(HealthCheckResult Result, long At);
}
