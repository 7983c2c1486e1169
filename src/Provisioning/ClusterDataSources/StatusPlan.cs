using System.Text.Json.Nodes;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>
/// Decides the status. Pure.
/// <para>
/// Names of Secrets, once published, stay: consumers keep running on them through any failure. A failure that may pass by itself also leaves
/// <c>ready</c> as it was, as long as the spec is the one that was made ready: the database still is what was promised, and <c>error</c>
/// alone already makes kcm wait. What a person must mend takes <c>ready</c> away.
/// </para>
/// </summary>
internal static class StatusPlan
{
    /// <summary>The status after an outcome that says something about it.</summary>
    public static ClusterDataSourceStatus Next(ClusterDataSource current, Outcome outcome) => outcome switch
    {
        Outcome.Ready ready => new ClusterDataSourceStatus
        {
            Ready = true,
            ObservedGeneration = current.Metadata.Generation,
            KineDataSourceSecret = ready.KineSecret,
            CaSecret = ready.CaSecret,
        },
        Outcome.Failed failed => (current.Status ?? new ClusterDataSourceStatus()) with
        {
            Ready = StaysReady(current, failed.Problem),
            Error = failed.Problem.ToString(),
            ObservedGeneration = current.Metadata.Generation,
        },
        _ => current.Status ?? new ClusterDataSourceStatus(),
    };

    /// <summary>The merge patch that makes it so; null when nothing differs.</summary>
    public static JsonObject? Patch(ClusterDataSource current, ClusterDataSourceStatus next)
    {
        if (current.Status == next)
        {
            return null;
        }

        return new JsonObject
        {
            // What was decided about another version of the object must not be published.
            ["metadata"] = new JsonObject { ["resourceVersion"] = current.Metadata.ResourceVersion },
            ["status"] = new JsonObject
            {
                ["ready"] = next.Ready,
                ["error"] = next.Error,
                ["observedGeneration"] = next.ObservedGeneration,
                ["kineDataSourceSecret"] = next.KineDataSourceSecret,
                ["caSecret"] = next.CaSecret,
            },
        };
    }

    private static bool StaysReady(ClusterDataSource current, Problem problem) =>
        problem.IsTransient
        && !current.Metadata.IsBeingDeleted
        && current.Status is { Ready: true } status
        && status.ObservedGeneration == current.Metadata.Generation;
}
