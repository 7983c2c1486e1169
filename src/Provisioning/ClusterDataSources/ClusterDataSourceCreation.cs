using Microsoft.Extensions.Logging;
using Provisioning.Kubernetes;
using Provisioning.Reconciliation;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>Makes the ClusterDataSource of a ClusterDeployment when kcm had its chance and did not. Safe for concurrent use.</summary>
internal sealed class ClusterDataSourceCreation(
    IKubernetesClient client, RunningClusters running, IRandomSuffix suffixes, CreationGrace grace, ILogger<ClusterDataSourceCreation> logger)
{
    /// <summary>There is one, or none is wanted: the next time one is missing, kcm has its chance anew.</summary>
    public void NotNeeded(NamespacedName key) => grace.End(key);

    /// <summary>Makes it, or says how long kcm still has. Throws when the API server fails.</summary>
    /// <exception cref="TerminalException">The cluster runs on a database already: a new one would start it empty.</exception>
    public async Task<ReconcileResult> RunAsync(ClusterDeployment deployment, CancellationToken cancellationToken)
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
}
