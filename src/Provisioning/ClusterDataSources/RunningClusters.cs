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
    /// The Secret of the database that the cluster may have run on; null: the cluster was never deployed with a database. Throws and takes the
    /// same as <see cref="FindReleaseAsync"/>.
    /// </summary>
    public async Task<string?> FindKineSecretAsync(NamespacedName cluster, string? clusterDeploymentUid, CancellationToken cancellationToken) =>
        await FindReleaseAsync(cluster, clusterDeploymentUid, cancellationToken) is { MayHaveRun: true } found ? found.KineSecret() : null;

    /// <summary>
    /// The cluster's own HelmRelease or k0smotron Cluster; null: there is none that names a database. Throws when that cannot be known: what is
    /// not known to be absent counts as running.
    /// </summary>
    /// <param name="cluster">The name that it shares with its ClusterDeployment, if it has one, and its ClusterDataSource.</param>
    /// <param name="clusterDeploymentUid">
    /// Tells this cluster's release from that of a deleted one with the same name. Null: it is not known whose ClusterDataSource it is, as when
    /// a person made it again by hand, or it has no ClusterDeployment; then anything of the name counts.
    /// </param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ReleaseUnreadableException">The API server refused to say.</exception>
    public async Task<IRunningCluster?> FindReleaseAsync(NamespacedName cluster, string? clusterDeploymentUid, CancellationToken cancellationToken)
    {
        var release = await FindAsync<HelmReleaseValues>(cluster, cancellationToken);
        if (clusterDeploymentUid is not null)
        {
            return release?.Metadata.OwnerReferences?.Any(owner => owner.Uid == clusterDeploymentUid) == true ? release : null;
        }

        return release?.KineSecret() is null ? await FindClusterAsync(cluster, cancellationToken) : release;
    }

    /// <summary>The rule of <see cref="IRunningCluster.MayHaveRun"/>.</summary>
    public static bool MayHaveRun(ObjectMeta metadata, string? kineSecret) => metadata.Annotations?.ContainsKey(ConsumerAnnotations.DataSource) == true
        ? ConsumerAnnotations.IsSchemaOf(metadata.Annotations.GetValueOrDefault(ConsumerAnnotations.Schema), metadata.Namespace ?? "", metadata.Name ?? "")
        : kineSecret is not null;

    private async Task<IRunningCluster?> FindClusterAsync(NamespacedName cluster, CancellationToken cancellationToken)
    {
        if (await FindAsync<K0smotronClusterConsumer>(cluster, cancellationToken) is { Secrets: not null } found)
        {
            return new K0smotronControlPlane(found.Metadata, found.Secrets);
        }

        // k0smotron before 2.0 knows only this version.
        return await FindAsync<K0smotronClusterV1Beta1Consumer>(cluster, cancellationToken) is { Secrets: not null } older
            ? new K0smotronControlPlane(older.Metadata, older.Secrets)
            : null;
    }

    private async Task<T?> FindAsync<T>(NamespacedName name, CancellationToken cancellationToken)
        where T : class, IResource
    {
        try
        {
            return await client.FindAsync<T>(name, cancellationToken);
        }
        catch (KubernetesApiException exception) when (exception.RetryAfter is null)
        {
            throw new ReleaseUnreadableException(T.ResourceType.Kind, name, exception);
        }
    }

    /// <summary>The uid of the ClusterDeployment that controls a ClusterDataSource; null: none does.</summary>
    public static string? ClusterDeploymentOf(ClusterDataSource clusterDataSource) => ControllerOf(clusterDataSource)?.Uid;

    /// <summary>The ClusterDeployment that controls a ClusterDataSource; null: none does.</summary>
    public static OwnerReference? ControllerOf(ClusterDataSource clusterDataSource) => clusterDataSource.Metadata.OwnerReferences?
        .FirstOrDefault(owner => owner.Controller == true && owner.Kind == ClusterDeployment.ResourceType.Kind);
}

/// <summary>Whether a cluster runs cannot be known, because its HelmRelease or k0smotron Cluster cannot be read.</summary>
/// <param name="kind">Which of them.</param>
/// <param name="cluster">The name that HelmRelease, ClusterDeployment and ClusterDataSource share.</param>
/// <param name="cause">The API server's answer.</param>
internal sealed class ReleaseUnreadableException(string kind, NamespacedName cluster, KubernetesApiException cause) : Exception(
    $"{kind} {cluster} cannot be read ({$"{(int)cause.StatusCode} {cause.Reason}".TrimEnd()}), so it is not known whether the cluster runs; until it is, nothing is made for it and nothing taken away",
    cause)
{
    /// <summary>The same where users look: as the rest of the API server answers, it would otherwise stay in the log.</summary>
    public Problem ToProblem() => new(Reasons.HelmReleaseUnreadable, Message) { IsTransient = true, Cause = this };
}
