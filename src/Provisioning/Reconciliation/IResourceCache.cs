using Provisioning.Kubernetes;

namespace Provisioning.Reconciliation;

/// <summary>What the informer of a kind knows. Reads never touch the network, may be behind, and are safe for concurrent use.</summary>
public interface IResourceCache<T>
    where T : class, IResource
{
    /// <summary>True once the first full list is in. Before that an absence means nothing.</summary>
    bool HasSynced { get; }

    /// <summary>The object, or null when the cache does not know it.</summary>
    T? Get(NamespacedName key);

    /// <summary>All objects of a namespace; null: of all namespaces. A snapshot.</summary>
    IReadOnlyList<T> List(string? inNamespace);
}
