using Provisioning.Kubernetes;
using Provisioning.Reconciliation;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>
/// Looks at a ClusterDataSource and everything that it is to have, and mends what differs. Works on the object as it is stored now, never on a
/// cached one: what it decides may cost a cluster.
/// </summary>
internal sealed class CloserLook(IKubernetesClient client, Lifecycle lifecycle, StatusReporter statuses, SteadyClusters clusters, RetryDelays retries)
{
    /// <summary>How long somebody else's work on the same database is waited for.</summary>
    public static readonly TimeSpan BusyDelay = TimeSpan.FromSeconds(3);

    /// <summary>Looks, and says when to look again. Throws when the API server fails or somebody changed the object meanwhile.</summary>
    /// <param name="key">The ClusterDataSource.</param>
    /// <param name="before">Null: what its DataSource says is read anew. Else what was found ready: as long as it is stored so, what was read last will do, and what fails by that is done again by a new reading.</param>
    /// <param name="turn">Is told whether its server answered.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public async Task<ReconcileResult> RunAsync(NamespacedName key, ClusterDataSource? before, IServerTurn turn, CancellationToken cancellationToken)
    {
        ClusterDataSource current;
        try
        {
            current = await client.GetAsync<ClusterDataSource>(key, cancellationToken);
        }
        catch (KubernetesApiException exception) when (exception.IsNotFound)
        {
            retries.Forget(key);
            clusters.Forget(key);
            return ReconcileResult.Done;
        }

        var maxAge = before?.Metadata.ResourceVersion == current.Metadata.ResourceVersion ? ServerReadings.MaxAge : TimeSpan.Zero;
        (current, var outcome) = await lifecycle.RunAsync(current, maxAge, cancellationToken);
        if (outcome is Outcome.Failed && maxAge > TimeSpan.Zero)
        {
            (current, outcome) = await lifecycle.RunAsync(current, TimeSpan.Zero, cancellationToken);
        }

        if (outcome is not Outcome.Ready { LooksAgainWithin: null })
        {
            clusters.Doubt(key);
        }

        if (outcome is not Outcome.Busy)
        {
            turn.Note(answered: outcome is not Outcome.Failed { Problem.IsSilence: true });
        }

        current = await statuses.ReportAsync(current, outcome, cancellationToken);
        switch (outcome)
        {
            case Outcome.Failed { Problem.LooksAgainWithin: var limit }:
                var delay = retries.Next(key);
                return ReconcileResult.After(delay > limit ? limit.Value : delay);
            case Outcome.Busy:
                return ReconcileResult.After(BusyDelay);
            case Outcome.Ready ready:
                await lifecycle.FinishAsync(current, ready, cancellationToken);
                retries.Forget(key);
                if (ready.LooksAgainWithin is { } soon)
                {
                    return ReconcileResult.After(soon);
                }

                return ReconcileResult.After(clusters.FoundClosely(current, ready.ServerVersion));
            default:
                retries.Forget(key);
                return ReconcileResult.Done;
        }
    }
}
