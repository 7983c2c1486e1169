namespace Provisioning.Kubernetes;

/// <summary>Identifies a Kubernetes object within its resource; also the key of caches and work queues.</summary>
/// <param name="Namespace">Empty for cluster-scoped objects.</param>
/// <param name="Name"><c>metadata.name</c>.</param>
public readonly record struct NamespacedName(string Namespace, string Name)
{
    /// <summary><c>namespace/name</c>, or only the name of a cluster-scoped object.</summary>
    public override string ToString() => Namespace.Length == 0 ? Name : $"{Namespace}/{Name}";
}
