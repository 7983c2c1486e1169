using Microsoft.Extensions.Logging;
using Provisioning.Postgres;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>Shows what becomes of a rotation: in Events and in the log.</summary>
internal sealed class RotationReports(EventRecorder events, ILogger<RotationReports> logger)
{
    private const string Action = "Rotate";

    /// <summary>The status names the new Secret.</summary>
    public Task RotatedAsync(ClusterDataSource current, KineLogin login, string kineSecret, CancellationToken cancellationToken)
    {
        logger.Rotated(current.Key, login.Role.Value, kineSecret);
        return events.NormalAsync(
            current,
            Action,
            Reasons.CredentialsRotated,
            $"Secret {kineSecret} has a new password, of role {login.Role}; the former one keeps working until nobody uses it any more",
            cancellationToken);
    }

    /// <summary>A former login still works.</summary>
    public Task InUseAsync(ClusterDataSource current, PostgresIdentifier role, string waitsFor, CancellationToken cancellationToken) => events.NormalAsync(
        current, Action, Reasons.FormerCredentialsInUse, $"The former password, of role {role}, keeps working: {waitsFor}", cancellationToken);

    /// <summary>A former login is gone.</summary>
    public Task RetiredAsync(ClusterDataSource current, string role, CancellationToken cancellationToken)
    {
        logger.FormerRetired(current.Key, role);
        return events.NormalAsync(
            current, Action, Reasons.FormerCredentialsRetired, $"The former password, of role {role}, no longer works: nobody used it any more", cancellationToken);
    }

    /// <summary>A rotation was asked for and does not begin yet.</summary>
    public Task WaitsAsync(ClusterDataSource current, string waitsFor, CancellationToken cancellationToken) =>
        events.WarningAsync(current, Action, Reasons.RotationWaits, $"The rotation that is asked for does not begin yet: {waitsFor}", cancellationToken);

    /// <summary>Nothing came of it.</summary>
    public Task CanceledAsync(ClusterDataSource current, CancellationToken cancellationToken) => events.NormalAsync(
        current, Action, Reasons.RotationCanceled, "The rotation is canceled: the password stays as it was", cancellationToken);
}
