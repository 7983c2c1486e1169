using System.Collections.Concurrent;
using Provisioning.Kubernetes;

namespace Provisioning.ClusterDataSources;

/// <summary>
/// What each DataSource says, credentials and CA included. Who may write reads it anew: another leader may have moved the cluster since, and what was read
/// before would move it back. Looks from outside, which write nothing, take what was read last. Safe for concurrent use.
/// </summary>
internal sealed class ServerReadings(ServerReader servers, TimeProvider time)
{
    /// <summary>How old a reading may be for who only looks: one <see cref="DataSourceReconciler.CheckPeriod"/>, and what a late look takes. What changed counts within a minute all the same, by that look.</summary>
    public static readonly TimeSpan MaxAge = DataSourceReconciler.CheckPeriod + TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<NamespacedName, Reading> readings = new();

    /// <summary>The version of what was read last, if it is not older than <see cref="MaxAge"/>, else anew; null when it cannot be said. Throws when the API server fails.</summary>
    public async Task<string?> CurrentAsync(NamespacedName dataSource, CancellationToken cancellationToken) =>
        (await ReadAsync(dataSource, MaxAge, cancellationToken) as ServerLookup.Found)?.Version;

    /// <summary>What was read last, or anew. Throws when the API server fails.</summary>
    /// <param name="dataSource">The DataSource.</param>
    /// <param name="maxAge">How old the reading may be, counted from before its first request; zero: it is read anew.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<ServerLookup> ReadAsync(NamespacedName dataSource, TimeSpan maxAge, CancellationToken cancellationToken)
    {
        if (readings.TryGetValue(dataSource, out var last) && time.GetElapsedTime(last.At) < maxAge)
        {
            return last.Lookup;
        }

        // Two readers at once cost one request more, not a wrong answer.
        var at = time.GetTimestamp();
        var reading = new Reading(await servers.ReadAsync(dataSource, cancellationToken), at);
        readings.AddOrUpdate(dataSource, reading, (_, other) => other.At > at ? other : reading);
        return reading.Lookup;
    }

    /// <summary>Nobody looks at its clusters any more: its credentials need not stay in memory.</summary>
    public void Forget(NamespacedName dataSource) => readings.TryRemove(dataSource, out _);

    private sealed record Reading(ServerLookup Lookup, long At);
}
