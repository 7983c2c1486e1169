using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>Decides which way a ClusterDataSource goes: its database is set up, or released.</summary>
internal sealed class Lifecycle(ResourceRules rules, DatabaseSetup setup, DatabaseRelease release)
{
    /// <summary>Goes as far as possible. Throws when the API server fails or somebody changed the object meanwhile.</summary>
    /// <returns>The outcome, and the object as it is stored after it.</returns>
    public async Task<(ClusterDataSource Current, Outcome Outcome)> RunAsync(ClusterDataSource current, CancellationToken cancellationToken)
    {
        if (current.Metadata.IsBeingDeleted)
        {
            return (current, await release.RunAsync(current, cancellationToken));
        }

        // Admission checked them too, when it was there.
        return rules.FindViolations(current) is { Count: > 0 } violations
            ? (current, new Outcome.Failed(new Problem(Reasons.InvalidClusterDataSource, string.Join("; ", violations))))
            : await setup.RunAsync(current, cancellationToken);
    }

    /// <summary>Tidies up after the status was published.</summary>
    public Task FinishAsync(ClusterDataSource current, CancellationToken cancellationToken) => setup.DropSupersededAsync(current, cancellationToken);
}
