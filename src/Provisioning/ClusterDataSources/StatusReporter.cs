using Microsoft.Extensions.Logging;
using Provisioning.Kubernetes;
using Provisioning.Postgres;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>Shows an outcome: in the status, and, when the status changed, in an Event and the log. The same outcome again says nothing.</summary>
internal sealed class StatusReporter(IKubernetesClient client, EventRecorder events, ProvisioningMetrics metrics, ILogger<StatusReporter> logger)
{
    private const string Action = "Provision";

    /// <summary>Writes the status once, and only when it differs. Throws when the API server fails or somebody changed the object meanwhile.</summary>
    /// <returns>The object as it is stored.</returns>
    public async Task<ClusterDataSource> ReportAsync(ClusterDataSource current, Outcome outcome, CancellationToken cancellationToken)
    {
        metrics.Count(outcome);
        if (outcome is not (Outcome.Ready or Outcome.Failed))
        {
            logger.NothingToReport(current.Key, outcome.GetType().Name);
            return current;
        }

        foreach (var former in outcome is Outcome.Ready left ? FormerServers.Split(left.FormerServer) : [])
        {
            await TellOfRolesAsync(current, former, cancellationToken);
        }

        var before = current.Status;
        var next = StatusPlan.Next(current, outcome);
        if (StatusPlan.Patch(current, next) is { } patch)
        {
            // First: after a crash in between the status differs still, and the same Events are counted once more. The other way round they would be lost.
            await AnnounceAsync(current, before, outcome, cancellationToken);
            current = await client.PatchStatusAsync<ClusterDataSource>(current.Key, Patch.Merge(patch), WriteOptions.Default, cancellationToken);
        }
        else if (outcome is Outcome.Ready { Steps.Count: > 0 } repaired)
        {
            logger.ClusterDataSourceReady(current.Key, repaired.KineSecret, string.Join("; ", repaired.Steps));
        }

        return current;
    }

    private async Task AnnounceAsync(ClusterDataSource current, ClusterDataSourceStatus? before, Outcome outcome, CancellationToken cancellationToken)
    {
        switch (outcome)
        {
            case Outcome.Ready ready:
                logger.ClusterDataSourceReady(current.Key, ready.KineSecret, ready.Steps.Count == 0 ? "nothing" : string.Join("; ", ready.Steps));
                await events.NormalAsync(
                    current,
                    Action,
                    before is { Ready: true } && before.KineDataSourceSecret != ready.KineSecret ? Reasons.SecretsChanged : Reasons.Provisioned,
                    $"The database on DataSource {current.Spec!.DataSource} is ready; its DSN is in Secret {ready.KineSecret}",
                    cancellationToken);
                foreach (var warning in ready.Warnings)
                {
                    logger.ServerNeedsAttention(current.Key, warning);
                    await events.WarningAsync(current, Action, Reasons.ServerNeedsAttention, warning, cancellationToken);
                }

                break;
            case Outcome.Failed { Problem: var problem }:
                logger.ClusterDataSourceFailed(current.Key, problem.ToString(), problem.Cause);
                await events.WarningAsync(
                    current, current.Metadata.IsBeingDeleted ? "Release" : Action, problem.Reason, problem.Message, cancellationToken);
                break;
        }
    }

    /// <summary>Said until it is forgotten (<see cref="SecretPublication.ForgetFormerServersAsync"/>), whatever the status says: nothing but a person takes the roles away.</summary>
    private Task TellOfRolesAsync(ClusterDataSource current, string former, CancellationToken cancellationToken)
    {
        var names = KineNames.Of(current);
        return events.WarningAsync(
            current,
            Action,
            Reasons.FormerServerKeepsRole,
            $"role {names.Role}, and {names.SecondRole} where a rotation made it, can still log in to the former server {former}; once no session of them is left there and "
            + $"there is no way back, run there as the admin role, for each of them, in database {names.Database}: {string.Join("; ", ReleaseSql.ByHand(names.Role))}",
            cancellationToken);
    }
}
