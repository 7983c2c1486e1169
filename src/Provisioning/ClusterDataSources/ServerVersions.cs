using System.Collections.Concurrent;
using Provisioning.Kubernetes;

namespace Provisioning.ClusterDataSources;

/// <summary>
/// The version of what each DataSource says, credentials and CA included, read at most once in <see cref="MaxAge"/> however many
/// clusters use it. Safe for concurrent use.
/// </summary>
internal sealed class ServerVersions(ServerReader servers, TimeProvider time)
{
    /// <summary>How old a reading may be: with <see cref="SteadyState.CheckPeriod"/> between two looks, a change counts within a minute.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<NamespacedName, Reading> readings = new();

    /// <summary>The version; null when it cannot be said. Throws when the API server fails.</summary>
    public async Task<string?> CurrentAsync(NamespacedName dataSource, CancellationToken cancellationToken)
    {
        // Two readers at once cost one request more, not a wrong answer.
        if (!readings.TryGetValue(dataSource, out var reading) || time.GetElapsedTime(reading.At) >= MaxAge)
        {
            var lookup = await servers.ReadAsync(dataSource, cancellationToken);
            reading = new Reading((lookup as ServerLookup.Found)?.Version, time.GetTimestamp());
            readings[dataSource] = reading;
        }

        return reading.Version;
    }

    private sealed record Reading(string? Version, long At);
}
