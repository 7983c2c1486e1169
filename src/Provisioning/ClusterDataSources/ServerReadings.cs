using System.Collections.Concurrent;
using Provisioning.Kubernetes;
using Provisioning.Reconciliation;

namespace Provisioning.ClusterDataSources;

/// <summary>
/// What each DataSource says, credentials and CA included. Who knows of a change, or knows nothing, reads it anew; who looks at what was found ready takes what was
/// read last. So while nothing changes, only <see cref="DataSourceReconciler"/> reads, however many clusters are looked at.
/// <para>
/// Nobody ever gets an older reading than somebody got before, or a cluster could be moved back to a server that it has left: a DataSource is read by one
/// at a time, and what was read in another term of <see cref="ILeadership"/> counts for nothing, since another process may have followed the DataSource in between.
/// </para>
/// Safe for concurrent use.
/// </summary>
internal sealed class ServerReadings(ServerReader servers, ILeadership leadership, TimeProvider time)
{
    /// <summary>How old a reading may be for who looks at what was found ready: one <see cref="DataSourceReconciler.CheckPeriod"/>, and what a late look takes. What changed counts within a minute all the same, by that look.</summary>
    public static readonly TimeSpan MaxAge = DataSourceReconciler.CheckPeriod + TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<NamespacedName, Place> places = new();

    /// <summary>The version of what a reading says; null: it cannot be said.</summary>
    /// <inheritdoc cref="ReadAsync"/>
    public async Task<string?> VersionAsync(NamespacedName dataSource, TimeSpan maxAge, CancellationToken cancellationToken) =>
        (await ReadAsync(dataSource, maxAge, cancellationToken) as ServerLookup.Found)?.Version;

    /// <summary>What was read last, or anew. Throws when the API server fails.</summary>
    /// <param name="dataSource">The DataSource.</param>
    /// <param name="maxAge">How old the reading may be, counted from before its first request until now; zero: it begins after now, but those who wait for each other share it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<ServerLookup> ReadAsync(NamespacedName dataSource, TimeSpan maxAge, CancellationToken cancellationToken)
    {
        var now = time.GetTimestamp();
        var place = places.GetOrAdd(dataSource, _ => new Place());
        await place.OneAtATime.WaitAsync(cancellationToken);
        try
        {
            var (term, at) = (leadership.Term, time.GetTimestamp());
            if (place.Last is { } last && last.Term == term && time.GetElapsedTime(last.At, now) < maxAge)
            {
                return last.Lookup;
            }

            var lookup = await servers.ReadAsync(dataSource, cancellationToken);
            place.Last = new Reading(lookup, term, at);
            return lookup;
        }
        finally
        {
            place.OneAtATime.Release();
        }
    }

    /// <summary>Nobody looks at its clusters any more: its credentials need not stay in memory.</summary>
    public void Forget(NamespacedName dataSource)
    {
        if (places.TryGetValue(dataSource, out var place))
        {
            place.Last = null;
        }
    }

    /// <summary>Stays when its reading is forgotten: who reads now must not be overtaken.</summary>
    private sealed class Place
    {
        private volatile Reading? last;

        public SemaphoreSlim OneAtATime { get; } = new(1);

        public Reading? Last
        {
            get => last;
            set => last = value;
        }
    }

    private sealed record Reading(ServerLookup Lookup, long Term, long At);
}
