using Microsoft.Extensions.Logging;
using Provisioning.Kubernetes;
using Provisioning.Reconciliation;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>
/// Makes the ClusterDataSource of a ClusterDeployment with <c>spec.dataSource</c> when kcm does not, and lets it follow when that field
/// changes. Never writes a ClusterDeployment; the owner reference deletes what it made.
/// </summary>
internal sealed class ClusterDeploymentReconciler(
    IKubernetesClient client, FollowedClusters followed, ClusterDataSourceCreation creation, ILogger<ClusterDeploymentReconciler> logger) : IReconciler
{
    /// <inheritdoc/>
    public async Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken cancellationToken)
    {
        if (followed.NeedsNothing(key))
        {
            creation.NotNeeded(key);
            return ReconcileResult.Done;
        }

        var deployment = await client.FindAsync<ClusterDeployment>(key, cancellationToken);
        if (deployment is null || deployment.Metadata.IsBeingDeleted || deployment.Spec is not { DataSource.Length: > 0 } spec || spec.DryRun == true)
        {
            creation.NotNeeded(key);
            return ReconcileResult.Done;
        }

        var existing = await client.FindAsync<ClusterDataSource>(key, cancellationToken);
        if (existing is null)
        {
            return await creation.RunAsync(deployment, cancellationToken);
        }

        creation.NotNeeded(key);
        if (existing.Metadata.IsBeingDeleted || existing.Spec?.DataSource == spec.DataSource)
        {
            return ReconcileResult.Done;
        }

        if (!NewClusterDataSource.IsControlledBy(existing, deployment))
        {
            logger.NotOurClusterDataSource(key);
            return ReconcileResult.Done;
        }

        await client.PatchAsync<ClusterDataSource>(
            key, Patch.Merge(NewClusterDataSource.Follow(existing, spec.DataSource)), WriteOptions.Default, cancellationToken);
        logger.ClusterDataSourceFollows(key, key with { Name = spec.DataSource });
        return ReconcileResult.Done;
    }
}
