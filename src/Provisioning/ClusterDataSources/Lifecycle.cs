using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>Decides which way a ClusterDataSource goes: its database is set up, or released.</summary>
internal sealed class Lifecycle(ResourceRules rules, DatabaseSetup setup, Rotation rotation, SecretPublication publication, DatabaseRelease release)
{
    /// <summary>Goes as far as possible. Throws when the API server fails or somebody changed the object meanwhile.</summary>
    /// <param name="current">As it is stored now.</param>
    /// <param name="maxAge">How old what its DataSource says may be; zero: it is read anew.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>The outcome, and the object as it is stored after it.</returns>
    public async Task<(ClusterDataSource Current, Outcome Outcome)> RunAsync(ClusterDataSource current, TimeSpan maxAge, CancellationToken cancellationToken)
    {
        if (current.Metadata.IsBeingDeleted)
        {
            return (current, await release.RunAsync(current, cancellationToken));
        }

        // Admission checked them too, when it was there.
        if (rules.FindViolations(current) is { Count: > 0 } violations)
        {
            return (current, new Outcome.Failed(new Problem(Reasons.InvalidClusterDataSource, string.Join("; ", violations))));
        }

        var done = await setup.RunAsync(current, maxAge, cancellationToken);
        switch (done)
        {
            case { Outcome: Outcome.Ready ready, Plan: { } plan }:
                return await rotation.RunAsync(done.Current, plan, ready, cancellationToken);
            case { Outcome: Outcome.Failed { Problem: var problem } }:
                await rotation.SayItWaitsAsync(done.Current, problem, cancellationToken);
                return (done.Current, done.Outcome);
            default:
                return (done.Current, done.Outcome);
        }
    }

    /// <summary>Tidies up after the status was published.</summary>
    public async Task FinishAsync(ClusterDataSource current, Outcome.Ready ready, CancellationToken cancellationToken)
    {
        if (ready.CompletesRotation)
        {
            await rotation.FinishAsync(current, ready, cancellationToken);
        }

        if (ready.FormerServer is not null)
        {
            await publication.ForgetFormerServersAsync(current, cancellationToken);
        }

        await publication.DropSupersededAsync(current, cancellationToken);
    }
}
