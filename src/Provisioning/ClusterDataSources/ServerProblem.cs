using Provisioning.Postgres;

namespace Provisioning.ClusterDataSources;

/// <summary>Says what a failure of a server means for a ClusterDataSource.</summary>
internal static class ServerProblem
{
    /// <summary>The problem; null when the exception is our own shutdown.</summary>
    public static Problem? From(Exception exception, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return null;
        }

        if (PostgresFailure.From(exception) is not { } failure)
        {
            // A defect of ours: what was ready stays ready, and the log has the rest.
            return new Problem(Reasons.InternalError, "something unexpected happened; the controller's log has the details") { IsTransient = true, Cause = exception };
        }

        return new Problem(failure.Reason, failure.Message)
        {
            IsTransient = failure.IsTransient,
            IsSilence = failure is { IsTransient: true, SqlState: null },
            Cause = exception,
        };
    }
}
