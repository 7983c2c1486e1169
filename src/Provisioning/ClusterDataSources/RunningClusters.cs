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
    /// <exception cref="ReleaseUnreadableException">The API server refused to say.</exception>
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
        catch (KubernetesApiException exception) when (exception.RetryAfter is null)
        {
            throw new ReleaseUnreadableException(cluster, exception);
        }
    }

    /// <summary>The uid of the ClusterDeployment that controls a ClusterDataSource; null: none does.</summary>
    public static string? ClusterDeploymentOf(ClusterDataSource clusterDataSource) => ControllerOf(clusterDataSource)?.Uid;

    /// <summary>The ClusterDeployment that controls a ClusterDataSource; null: none does.</summary>
    public static OwnerReference? ControllerOf(ClusterDataSource clusterDataSource) => clusterDataSource.Metadata.OwnerReferences?
        .FirstOrDefault(owner => owner.Controller == true && owner.Kind == ClusterDeployment.ResourceType.Kind);
}

/// <summary>Whether a cluster runs cannot be known, because its HelmRelease cannot be read.</summary>
/// <param name="cluster">The name that HelmRelease, ClusterDeployment and ClusterDataSource share.</param>
/// <param name="cause">The API server's answer.</param>
internal sealed class ReleaseUnreadableException(NamespacedName cluster, KubernetesApiException cause) : Exception(
    $"HelmRelease {cluster} cannot be read ({$"{(int)cause.StatusCode} {cause.Reason}".TrimEnd()}), so it is not known whether the cluster runs; until it is, nothing is made for it and nothing taken away",
    cause)
{
    /// <summary>The same where users look: as the rest of the API server answers, it would otherwise stay in the log.</summary>
    public Problem ToProblem() => new(Reasons.HelmReleaseUnreadable, Message) { IsTransient = true, Cause = this };
}
