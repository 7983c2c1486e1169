using Provisioning.Kubernetes;
using Provisioning.Reconciliation;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>
/// Says by the informers alone which ClusterDeployments need nothing: with thousands of them, most of the time all. What it says is never a reason to write;
/// when either object changes it is asked again. Reads no network.
/// </summary>
internal sealed class FollowedClusters(IResourceCache<ClusterDeployment> deployments, IResourceCache<ClusterDataSource> clusterDataSources)
{
    /// <summary>Whether there is no ClusterDeployment, or it wants no ClusterDataSource, or has one with its DataSource. Means nothing before the first lists are in.</summary>
    public bool NeedsNothing(NamespacedName key) =>
        deployments.Get(key) is not { Metadata.IsBeingDeleted: false, Spec: { DataSource: { Length: > 0 } dataSource } spec }
        || spec.DryRun == true
        || (clusterDataSources.Get(key) is { } existing && (existing.Metadata.IsBeingDeleted || existing.Spec?.DataSource == dataSource));
}
