using Microsoft.Extensions.Logging;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>Says what became of a ClusterDataSource that is gone afterwards: in Events, which outlive it, and in the log.</summary>
internal sealed class ReleaseReports(EventRecorder events, ILogger<ReleaseReports> logger)
{
    private const string Action = "Release";

    /// <summary>Nothing was ever done on a server.</summary>
    public void NothingToRelease(ClusterDataSource current) => logger.NothingToRelease(current.Key);

    /// <summary>The role is gone.</summary>
    public async Task ReleasedAsync(ClusterDataSource current, CancellationToken cancellationToken)
    {
        var names = KineNames.Of(current);
        logger.Released(current.Key, names.Role.Value, names.Database.Value);
        await events.NormalAsync(
            current, Action, Reasons.Released, $"Role {names.Role} is dropped; database {names.Database} is kept on DataSource {current.Spec!.DataSource}", cancellationToken);
    }

    /// <summary>The role may still be there, able to log in.</summary>
    public async Task LeftBehindAsync(ClusterDataSource current, Problem problem, CancellationToken cancellationToken)
    {
        var left = string.IsNullOrEmpty(current.Spec?.Schema)
            ? "whatever was made for it"
            : $"role {KineNames.Of(current).Role} and database {KineNames.Of(current).Database}";
        var note = $"Released without its server; left behind on DataSource {current.Spec?.DataSource}: {left}, to be removed there by hand ({problem})";
        logger.LeftBehind(current.Key, note);
        await events.RemainsAsync(current, Action, Reasons.LeftBehind, note, cancellationToken);
    }
}
