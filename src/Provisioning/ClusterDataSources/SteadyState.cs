using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Provisioning.Kubernetes;
using Provisioning.Reconciliation;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>
/// Remembers which ClusterDataSources were found ready, and as what, so that a look at one of them every minute costs nothing unless its
/// DataSource's Secrets changed: new admin credentials and a new CA count within that minute, and nobody watches Secrets. Forgotten by a
/// restart. Safe for concurrent use.
/// </summary>
internal sealed class SteadyState(
    IResourceCache<ClusterDataSource> cache, ServerVersions versions, IOptions<ReconciliationOptions> options, TimeProvider time)
{
    /// <summary>How often the Secrets of a DataSource are looked at.</summary>
    public static readonly TimeSpan CheckPeriod = TimeSpan.FromSeconds(45);

    private readonly ConcurrentDictionary<NamespacedName, Seen> seen = new();

    /// <summary>It was made ready, or found so.</summary>
    /// <param name="current">As it was.</param>
    /// <param name="serverVersion">The version of what its DataSource said.</param>
    public void Remember(ClusterDataSource current, string serverVersion) => seen[current.Key] = new Seen(current, serverVersion, time.GetTimestamp());

    /// <summary>It is not known to be ready.</summary>
    public void Forget(NamespacedName key) => seen.TryRemove(key, out _);

    /// <summary>Whether nothing that matters has changed since, and the next full look is not due. In doubt it is not so.</summary>
    public async Task<bool> HoldsAsync(NamespacedName key, CancellationToken cancellationToken)
    {
        if (!seen.TryGetValue(key, out var last)
            || time.GetElapsedTime(last.At) >= options.Value.ResyncPeriod
            || cache.Get(key) is not { } current
            || OwnWrites.AreNotAllOf(new ResourceChange<ClusterDataSource>(key, last.Object, current)))
        {
            return false;
        }

        return await versions.CurrentAsync(key with { Name = last.Object.Spec!.DataSource! }, cancellationToken) == last.ServerVersion;
    }

    /// <summary>The ClusterDataSources that a DataSource concerns. Reads no network.</summary>
    public IEnumerable<NamespacedName> UsersOf(DataSource dataSource) => cache.List(dataSource.Metadata.Namespace)
        .Where(user => user.Spec?.DataSource == dataSource.Metadata.Name)
        .Select(user => user.Key);

    private sealed record Seen(ClusterDataSource Object, string ServerVersion, long At);
}
