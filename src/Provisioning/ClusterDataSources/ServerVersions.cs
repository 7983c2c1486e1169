using System.Collections.Concurrent;
using Provisioning.Kubernetes;

namespace Provisioning.ClusterDataSources;

/// <summary>
/// What each DataSource says, credentials and CA included, read at most once in <see cref="MaxAge"/> however many
/// clusters use it. Safe for concurrent use.
/// </summary>
internal sealed class ServerVersions(ServerReader servers, TimeProvider time)
{
    /// <summary>How old a reading may be: with <see cref="DataSourceReconciler.CheckPeriod"/> between two looks, a change counts within a minute.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<NamespacedName, Reading> readings = new();

    /// <summary>The version; null when it cannot be said. Throws when the API server fails.</summary>
    public async Task<string?> CurrentAsync(NamespacedName dataSource, CancellationToken cancellationToken) =>
        (await FindAsync(dataSource, cancellationToken))?.Version;

    /// <summary>The server; null when it cannot be said. Throws when the API server fails.</summary>
    public async Task<ServerLookup.Found?> FindAsync(NamespacedName dataSource, CancellationToken cancellationToken)
    {
        // Two readers at once cost one request more, not a wrong answer.
        if (!readings.TryGetValue(dataSource, out var reading) || time.GetElapsedTime(reading.At) >= MaxAge)
        {
            var started = time.GetTimestamp();
            reading = new Reading(await servers.ReadAsync(dataSource, cancellationToken) as ServerLookup.Found, started);
            readings[dataSource] = reading;
        }

        return reading.Server;
    }

    private sealed record Reading(ServerLookup.Found? Server, long At);
}
