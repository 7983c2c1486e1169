using Provisioning.Postgres;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>Takes a ClusterDataSource's role away on its server.</summary>
internal sealed class ServerRelease(ServerReader servers, IDatabaseProvisioner provisioner)
{
    /// <summary>Drops the role. Null: it is gone. Else why not, and whether that is because something does not exist any more.</summary>
    public async Task<(Outcome? Outcome, bool IsMissing)> RunAsync(ClusterDataSource current, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(current.Spec?.DataSource) || string.IsNullOrEmpty(current.Spec.Schema))
        {
            return (Failed(Reasons.InvalidClusterDataSource, "spec.dataSource and spec.schema are needed to find the role"), false);
        }

        var lookup = await servers.ReadAsync(current.Key with { Name = current.Spec.DataSource }, cancellationToken);
        if (lookup is not ServerLookup.Found found)
        {
            var unavailable = (ServerLookup.Unavailable)lookup;
            return (new Outcome.Failed(unavailable.Problem), unavailable.IsMissing);
        }

        var names = KineNames.Of(current);
        ReleaseOutcome outcome;
        try
        {
            outcome = await provisioner.ReleaseAsync(
                found.Server, new ReleaseRequest(names.Database, names.Role, names.SecondRole, names.Mark), cancellationToken);
        }
        catch (Exception exception) when (ServerProblem.From(exception, cancellationToken) is { } problem)
        {
            return (new Outcome.Failed(problem), false);
        }

        return outcome switch
        {
            ReleaseOutcome.Released => (null, false),
            ReleaseOutcome.NotOurs notOurs => (Failed(PostgresReasons.NameConflict, notOurs.Message), false),
            ReleaseOutcome.Blocked blocked => (Failed(
                blocked.Reason,
                blocked.AccessIsCut ? $"{blocked.Message} (the role can no longer log in)" : blocked.Message), false),
            _ => (new Outcome.Busy(), false),
        };
    }

    private static Outcome.Failed Failed(string reason, string message) => new(new Problem(reason, message));
}
