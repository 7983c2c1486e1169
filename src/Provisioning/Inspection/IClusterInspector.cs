using Provisioning.Kubernetes;

namespace Provisioning.Inspection;

/// <summary>Looks at clusters with the rights of whoever asks. Changes nothing. Safe for concurrent use.</summary>
public interface IClusterInspector
{
    /// <summary>The clusters that have a ClusterDataSource, by name.</summary>
    /// <param name="inNamespace">Null: of all namespaces.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="KubernetesApiException">The API server refused.</exception>
    Task<IReadOnlyList<NamespacedName>> ListAsync(string? inNamespace, CancellationToken cancellationToken);

    /// <summary>The chain of one cluster. What may not be read, or does not exist, is said in the report.</summary>
    /// <exception cref="KubernetesApiException">The API server failed otherwise.</exception>
    Task<ClusterReport> InspectAsync(NamespacedName cluster, CancellationToken cancellationToken);
}
