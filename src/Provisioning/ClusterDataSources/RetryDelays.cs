using System.Collections.Concurrent;
using Provisioning.Kubernetes;

namespace Provisioning.ClusterDataSources;

/// <summary>
/// How soon is looked again after a failure that nothing we watch tells the end of: a server that comes back, a Secret that appears. Doubles
/// from one second to one minute, so that a mended thing is noticed within that minute. Safe for concurrent use; forgotten by a restart.
/// </summary>
internal sealed class RetryDelays
{
    /// <summary>The longest wait.</summary>
    public static readonly TimeSpan Maximum = TimeSpan.FromMinutes(1);

    private const int MaxDoublings = 6;
    private readonly ConcurrentDictionary<NamespacedName, int> failures = new();

    /// <summary>The wait after one more failure, drawn from its upper half: those who failed together do not come back together.</summary>
    public TimeSpan Next(NamespacedName key)
    {
        var doublings = Math.Min(failures.AddOrUpdate(key, 0, (_, count) => count + 1), MaxDoublings);
        var step = Math.Min(Math.Pow(2, doublings), Maximum.TotalSeconds);
        return TimeSpan.FromSeconds(step * (0.5 + (Random.Shared.NextDouble() / 2)));
    }

    /// <summary>It works, or is gone.</summary>
    public void Forget(NamespacedName key) => failures.TryRemove(key, out _);
}
