using System.Diagnostics;
using Provisioning.Kubernetes;
using Provisioning.Resources;

namespace Bench.Provisioning;

/// <summary>Sees, by a watch, when ClusterDataSources become ready.</summary>
internal static class Readiness
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>The names of those that are ready now.</summary>
    public static async Task<IReadOnlyList<string>> NamesAsync(IKubernetesClient client, string prefix)
    {
        var page = await client.ListAsync<ClusterDataSource>(new ListOptions { Namespace = BenchCluster.Namespace }, CancellationToken.None);
        return [.. page.Items.Where(found => IsReady(found, prefix)).Select(found => found.Metadata.Name!)];
    }

    /// <summary>Waits until so many of those whose name begins so are ready.</summary>
    /// <returns>The moments (<see cref="Stopwatch.GetTimestamp"/>) at which each was seen to be.</returns>
    public static async Task<IReadOnlyDictionary<string, long>> WaitAsync(IKubernetesClient client, string prefix, int count)
    {
        using var patience = new CancellationTokenSource(Patience);
        var ready = new Dictionary<string, long>(StringComparer.Ordinal);
        var page = await client.ListAsync<ClusterDataSource>(new ListOptions { Namespace = BenchCluster.Namespace }, patience.Token);
        page.Items.ToList().ForEach(Look);
        if (ready.Count >= count)
        {
            return ready;
        }

        var watch = new WatchOptions { Namespace = BenchCluster.Namespace, ResourceVersion = page.ResourceVersion };
        await foreach (var change in client.WatchAsync<ClusterDataSource>(watch, patience.Token))
        {
            if (change is WatchEvent<ClusterDataSource>.Changed changed)
            {
                Look(changed.Resource);
            }

            if (ready.Count >= count)
            {
                return ready;
            }
        }

        throw new InvalidOperationException("The watch ended before all were ready.");

        void Look(ClusterDataSource found)
        {
            if (IsReady(found, prefix))
            {
                ready.TryAdd(found.Metadata.Name!, Stopwatch.GetTimestamp());
            }
        }
    }

    private static bool IsReady(ClusterDataSource found, string prefix) =>
        found.Metadata.Name!.StartsWith(prefix, StringComparison.Ordinal) && found.Status is { Ready: true, Error: null };
}
