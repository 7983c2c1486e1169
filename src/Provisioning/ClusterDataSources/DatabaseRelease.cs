using System.Net;
using Provisioning.Kubernetes;
using Provisioning.Postgres;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>
/// Lets a ClusterDataSource go once its cluster no longer runs: its role is dropped, its Secrets are deleted, its finalizer is taken off, in this order. The database stays.
/// What stands in the way is shown and waited for, until a person sets <see cref="AnnotationNames.Release"/>.
/// </summary>
internal sealed class DatabaseRelease(
    IKubernetesClient client, RunningClusters running, ServerRelease servers, OwnedSecrets secrets, ReleaseReports reports)
{
    /// <summary>How soon a cluster's end is noticed.</summary>
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(5);

    /// <summary>Goes as far as possible. Throws when the API server fails or somebody changed the object meanwhile.</summary>
    public async Task<Outcome> RunAsync(ClusterDataSource current, CancellationToken cancellationToken)
    {
        if (!ObjectPatches.HasFinalizer(current))
        {
            return new Outcome.Released();
        }

        if (!await WasBegunAsync(current, cancellationToken))
        {
            reports.NothingToRelease(current);
            return await LetGoAsync(current, cancellationToken);
        }

        if (!current.Metadata.IsSet(AnnotationNames.Release) && await WaitForClusterAsync(current, cancellationToken) is { } wait)
        {
            return wait;
        }

        switch (await servers.RunAsync(current, cancellationToken))
        {
            case (null, _):
                await reports.ReleasedAsync(current, cancellationToken);
                return await LetGoAsync(current, cancellationToken);
            case (Outcome.Failed { Problem: var problem }, var isMissing)
                when problem.Reason == PostgresReasons.NameConflict || current.Metadata.IsSet(AnnotationNames.Release) || (isMissing && await IsNamespaceGoingAsync(current, cancellationToken)):
                await reports.LeftBehindAsync(current, problem, cancellationToken);
                return await LetGoAsync(current, cancellationToken);
            case (var outcome, _):
                return outcome;
        }
    }

    /// <summary>Whether a server may know this ClusterDataSource. The annotation and the Secret are written before the first statement.</summary>
    private async Task<bool> WasBegunAsync(ClusterDataSource current, CancellationToken cancellationToken) =>
        current.Metadata.Annotations?.ContainsKey(AnnotationNames.Database) == true
        || current.Metadata.Annotations?.ContainsKey(AnnotationNames.PublishedSecrets) == true
        || !string.IsNullOrEmpty(current.Status?.KineDataSourceSecret)
        || (await secrets.FindAsync(current, new SecretNames(current.Metadata.Name!).Kine, cancellationToken) is { } secret
            && SecretPlan.IsOurs(secret, current.Metadata));

    /// <summary>What is still running on the database; null: nothing. The Secrets are told apart by name: another database is not our concern.</summary>
    private async Task<Outcome.Failed?> WaitForClusterAsync(ClusterDataSource current, CancellationToken cancellationToken)
    {
        IRunningCluster? release;
        try
        {
            release = await running.FindReleaseAsync(current.Key, RunningClusters.ClusterDeploymentOf(current), cancellationToken);
        }
        catch (ReleaseUnreadableException exception)
        {
            return new Outcome.Failed(exception.ToProblem());
        }

        return release?.KineSecret() is { } used && SecretNames.AllOf(current).Contains(used, StringComparer.Ordinal)
            ? new Outcome.Failed(new Problem(
                Reasons.ClusterStillRuns,
                $"{release.KindName} {current.Key} still runs a control plane on this database (Secret {used}); its access is cut when that {release.KindName} is gone, "
                + $"or at once with annotation {AnnotationNames.Release}: \"true\"")
            { LooksAgainWithin = MaxWait })
            : null;
    }

    /// <summary>In a namespace that is being deleted the DataSource and its Secrets vanish at the same time, and nobody can bring them back.</summary>
    private async Task<bool> IsNamespaceGoingAsync(ClusterDataSource current, CancellationToken cancellationToken)
    {
        try
        {
            var found = await client.GetAsync<Namespace>(new NamespacedName("", current.Metadata.Namespace ?? ""), cancellationToken);
            return found.IsTerminating;
        }
        catch (KubernetesApiException exception) when (exception.IsNotFound || exception.StatusCode == HttpStatusCode.Forbidden)
        {
            // Without the right to look, the annotation remains.
            return false;
        }
    }

    private async Task<Outcome> LetGoAsync(ClusterDataSource current, CancellationToken cancellationToken)
    {
        foreach (var name in SecretNames.AllOf(current))
        {
            await secrets.DeleteAsync(current, name, cancellationToken);
        }

        try
        {
            await client.PatchAsync<ClusterDataSource>(
                current.Key, Patch.Merge(ObjectPatches.RemoveFinalizer(current)), WriteOptions.Default, cancellationToken);
        }
        catch (KubernetesApiException exception) when (exception.IsNotFound)
        {
            // Somebody took the finalizer off by hand.
        }

        return new Outcome.Released();
    }
}
