using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Provisioning.Kubernetes;

namespace Provisioning.ClusterDataSources;

/// <summary>
/// How long a ClusterDataSource is missed before we make it, so that kcm can be first. Counted from when we noticed, not from the
/// ClusterDeployment's creation: that is another machine's clock. Safe for concurrent use.
/// </summary>
internal sealed class CreationGrace(IOptions<ClusterDataSourceOptions> options, TimeProvider time)
{
    private readonly ConcurrentDictionary<NamespacedName, long> missedSince = new();

    /// <summary>What is left of the period, which begins with the first call.</summary>
    public TimeSpan Left(NamespacedName key) =>
        options.Value.CreateGracePeriod - time.GetElapsedTime(missedSince.GetOrAdd(key, _ => time.GetTimestamp()));

    /// <summary>Nothing is missed any more.</summary>
    public void End(NamespacedName key) => missedSince.TryRemove(key, out _);
}
