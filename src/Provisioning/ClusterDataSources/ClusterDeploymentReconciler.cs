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
    IKubernetesClient client, RunningClusters running, IRandomSuffix suffixes, CreationGrace grace, ILogger<ClusterDeploymentReconciler> logger)
    : IReconciler
{
    /// <inheritdoc/>
    public async Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken cancellationToken)
    {
        var deployment = await FindAsync<ClusterDeployment>(key, cancellationToken);
        if (deployment is null || deployment.Metadata.IsBeingDeleted || deployment.Spec is not { DataSource.Length: > 0 } spec || spec.DryRun == true)
        {
            grace.End(key);
            return ReconcileResult.Done;
        }

        var existing = await FindAsync<ClusterDataSource>(key, cancellationToken);
        if (existing is null)
        {
            return await CreateAsync(deployment, cancellationToken);
        }

        grace.End(key);
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

    private async Task<ReconcileResult> CreateAsync(ClusterDeployment deployment, CancellationToken cancellationToken)
    {
        var key = deployment.Key;
        if (grace.Left(key) is var left && left > TimeSpan.Zero)
        {
            return ReconcileResult.After(left);
        }

        grace.End(key);
        if (await running.FindKineSecretAsync(key, deployment.Metadata.Uid, cancellationToken) is { } secret)
        {
            throw new TerminalException(
                $"ClusterDeployment {key} already runs on the database behind Secret {secret}, but its ClusterDataSource is gone: a new one would start it on an empty database; create ClusterDataSource {key} with its former spec.schema");
        }

        try
        {
            await client.CreateAsync(NewClusterDataSource.For(deployment, suffixes.Next()), WriteOptions.Default, cancellationToken);
            logger.ClusterDataSourceCreated(key);
        }
        catch (KubernetesApiException exception) when (exception.IsAlreadyExists)
        {
            // kcm was faster.
        }

        return ReconcileResult.Done;
    }

    private async Task<T?> FindAsync<T>(NamespacedName key, CancellationToken cancellationToken)
        where T : class, IResource
    {
        try
        {
            return await client.GetAsync<T>(key, cancellationToken);
        }
        catch (KubernetesApiException exception) when (exception.IsNotFound || exception.IsUnknownKind)
        {
            return null;
        }
    }
}
