using Provisioning.Kubernetes;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>
/// Knows clusters that already run on a database. When such a cluster's ClusterDataSource is deleted and made again, by kcm, by us or by
/// hand, it has another schema: the control plane would roll onto an empty database, and its controllers would delete what really runs.
/// </summary>
internal sealed class RunningClusters(IKubernetesClient client)
{
    /// <summary>
    /// The Secret that the cluster's own HelmRelease was given; null: the cluster was never deployed with a database. Throws and takes the same
    /// as <see cref="FindReleaseAsync"/>.
    /// </summary>
    public async Task<string?> FindKineSecretAsync(NamespacedName cluster, string? clusterDeploymentUid, CancellationToken cancellationToken) =>
        (await FindReleaseAsync(cluster, clusterDeploymentUid, cancellationToken))?.KineSecret();

    /// <summary>
    /// The cluster's own HelmRelease; null: there is none. Throws when that cannot be known: what is not known to be absent counts as running.
    /// </summary>
    /// <param name="cluster">The name that HelmRelease, ClusterDeployment and ClusterDataSource share.</param>
    /// <param name="clusterDeploymentUid">
    /// Tells this cluster's release from that of a deleted one with the same name. Null: it is not known whose ClusterDataSource it is, as when
    /// a person made it again by hand; then any release of the name counts.
    /// </param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<HelmReleaseValues?> FindReleaseAsync(NamespacedName cluster, string? clusterDeploymentUid, CancellationToken cancellationToken)
    {
        try
        {
            var release = await client.GetAsync<HelmReleaseValues>(cluster, cancellationToken);
            return clusterDeploymentUid is null || release.Metadata.OwnerReferences?.Any(owner => owner.Uid == clusterDeploymentUid) == true
                ? release
                : null;
        }
        catch (KubernetesApiException exception) when (exception.IsNotFound || exception.IsUnknownKind)
        {
            // Neither is there a release nor, where Flux is not installed, its kind.
            return null;
        }
    }

    /// <summary>The uid of the ClusterDeployment that controls a ClusterDataSource; null: none does.</summary>
    public static string? ClusterDeploymentOf(ClusterDataSource clusterDataSource) => clusterDataSource.Metadata.OwnerReferences?
        .FirstOrDefault(owner => owner.Controller == true && owner.Kind == ClusterDeployment.ResourceType.Kind)?.Uid;
}
