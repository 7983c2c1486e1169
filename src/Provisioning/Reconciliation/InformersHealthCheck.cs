using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Provisioning.Reconciliation;

/// <summary>
/// Unhealthy until every informer has its first full list: before that an absence means nothing. Afterwards only degraded while one cannot
/// follow the API server, because what it knows stays usable.
/// </summary>
internal sealed class InformersHealthCheck(IEnumerable<IInformer> informers) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var problems = new List<string>();
        var notes = new List<string>();
        var synced = true;
        foreach (var informer in informers)
        {
            synced &= informer.HasSynced;
            if (!informer.HasSynced || informer.Problem is not null)
            {
                problems.Add($"{informer.Resource}: {(informer.HasSynced ? "not following" : "not listed")}: {informer.Problem}");
            }
            else if (informer.Note is { } note)
            {
                notes.Add($"{informer.Resource}: {note}");
            }
        }

        var text = string.Join("; ", [.. problems, .. notes]);
        return Task.FromResult(
            problems.Count == 0 ? HealthCheckResult.Healthy(notes.Count == 0 ? "All kinds are listed and followed." : $"All kinds that exist are listed and followed; {text}")
            : synced ? HealthCheckResult.Degraded(text)
            : HealthCheckResult.Unhealthy(text));
    }
}
