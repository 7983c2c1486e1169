using System.Runtime.CompilerServices;
using Provisioning.Kubernetes;
using Provisioning.Reconciliation;

namespace Webhook.Validation;

/// <summary>Lists objects of a kind.</summary>
/// <param name="client">Asked where nothing may be missed.</param>
/// <param name="caches">The kind's informer, when this process has one.</param>
internal sealed class ClusterObjects<T>(IKubernetesClient client, IEnumerable<IResourceCache<T>> caches)
    where T : Resource, IResource
{
    private const int PageSize = 500;

    /// <summary>All objects as the informer knows them, which may be a moment behind; asks the API server while there is no synced informer.</summary>
    public async Task<IReadOnlyList<T>> ListAsync(CancellationToken cancellationToken) =>
        caches.FirstOrDefault(cache => cache.HasSynced) is { } synced
            ? synced.List(inNamespace: null)
            : await ListLiveAsync(inNamespace: null, cancellationToken).ToListAsync(cancellationToken);

    /// <summary>
    /// The objects of a namespace as they are now. None when the cluster does not have the kind at all: then none can exist.
    /// </summary>
    public async IAsyncEnumerable<T> ListLiveAsync(string? inNamespace, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? next = null;
        do
        {
            ResourcePage<T> page;
            try
            {
                page = await client.ListAsync<T>(new ListOptions { Namespace = inNamespace, Limit = PageSize, Continue = next }, cancellationToken);
            }
            catch (KubernetesApiException exception) when (exception.IsUnknownKind)
            {
                yield break;
            }

            foreach (var item in page.Items)
            {
                yield return item;
            }

            next = string.IsNullOrEmpty(page.Continue) ? null : page.Continue;
        }
        while (next is not null);
    }
}
