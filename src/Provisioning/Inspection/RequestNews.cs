using System.Net;
using Provisioning.ClusterDataSources;
using Provisioning.Kubernetes;

namespace Provisioning.Inspection;

/// <summary>What the controllers said in Events lately. Whoever may not list them is told the rest.</summary>
internal sealed class RequestNews(IKubernetesClient client, TimeProvider time)
{
    private readonly DateTimeOffset start = time.GetUtcNow();

    /// <summary>The newest Event about a ClusterDataSource with one of the reasons, since this process began; null: none, or they are forbidden.</summary>
    public async Task<string?> FindAsync(NamespacedName cluster, IReadOnlyCollection<string> reasons, CancellationToken cancellationToken)
    {
        try
        {
            var events = await client.ListAsync<KubernetesEvent>(new ListOptions { Namespace = cluster.Namespace }, cancellationToken);
            return events.Items
                .Where(happened => happened.Regarding is { Kind: "ClusterDataSource" } about && about.Name == cluster.Name && reasons.Contains(happened.Reason, StringComparer.Ordinal) && At(happened) >= start)
                .OrderBy(At)
                .Select(happened => $"{happened.Reason}: {happened.Note}")
                .LastOrDefault();
        }
        catch (KubernetesApiException exception) when (exception.StatusCode == HttpStatusCode.Forbidden)
        {
            return null;
        }
    }

    // Events of others may have no time at all.
    private static DateTimeOffset At(KubernetesEvent happened) =>
        DateTimeOffset.TryParse(happened.Series?.LastObservedTime ?? happened.EventTime, out var at) ? at : DateTimeOffset.MinValue;
}
