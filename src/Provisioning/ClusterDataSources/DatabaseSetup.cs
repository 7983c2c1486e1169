using Provisioning.Kubernetes;
using Provisioning.Postgres;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>
/// Gives a ClusterDataSource its database: a Secret with the password first, then the server, then the record of what is published, then
/// the Secrets that control planes use. A crash after any step is survived by doing all of them again.
/// </summary>
internal sealed class DatabaseSetup(
    IKubernetesClient client, ServerReadings servers, OwnedSecrets secrets, RunningClusters running, ServerSetup server)
{
    /// <summary>Brings server and Secrets to a spec that passed the rules. Throws when the API server fails or somebody changed the object meanwhile.</summary>
    /// <inheritdoc cref="Lifecycle.RunAsync" path="/param"/>
    public async Task<SetupResult> RunAsync(ClusterDataSource current, TimeSpan maxAge, CancellationToken cancellationToken)
    {
        var names = KineNames.Of(current);
        if (ObjectPatches.Claim(current, names.Database.Value) is { } claim)
        {
            current = await client.PatchAsync<ClusterDataSource>(current.Key, Patch.Merge(claim), WriteOptions.Default, cancellationToken);
        }

        switch (await servers.ReadAsync(current.Key with { Name = current.Spec!.DataSource! }, maxAge, cancellationToken))
        {
            case ServerLookup.Unavailable unavailable:
                return Failed(current, unavailable.Problem);
            case ServerLookup.Found found:
                return await RunAsync(current, names, found, cancellationToken);
            default:
                throw new InvalidOperationException("A lookup is either found or unavailable.");
        }
    }

    private async Task<SetupResult> RunAsync(
        ClusterDataSource current, KineNames names, ServerLookup.Found found, CancellationToken cancellationToken)
    {
        var wellKnown = await secrets.FindAsync(current, new SecretNames(current.Metadata.Name!).Kine, cancellationToken);
        // The copy that control planes use matters only when the well-known Secret is lost or broken.
        var published = KinePasswords.Find(wellKnown, names) is null && current.Status?.KineDataSourceSecret is { Length: > 0 } name
            ? await secrets.FindAsync(current, name, cancellationToken)
            : null;
        var plan = SetupPlan.Decide(current, names, found, wellKnown, published);
        Problem? elsewhere;
        try
        {
            elsewhere = await RunsElsewhereAsync(current, plan, cancellationToken);
        }
        catch (ReleaseUnreadableException exception)
        {
            return Failed(current, exception.ToProblem());
        }

        if (elsewhere is not null)
        {
            // What the cluster may still use is not overwritten; the former database may be found again, a new one is not made.
            if (wellKnown is not null && KinePasswords.Find(wellKnown, names) is null)
            {
                return Failed(current, elsewhere);
            }

            plan = plan with { Database = plan.Database with { MayCreateDatabase = false } };
        }

        if (plan.WritesKineFirst && await secrets.EnsureAsync(current, wellKnown, plan.Kine, cancellationToken) is { } conflict)
        {
            return Failed(current, conflict);
        }

        // What is made of the plan afterwards, such as a rotation's, is for a server that the DSN leads to by then.
        var carriedOut = plan;
        if (wellKnown is not null && !plan.WritesKineFirst && FormerServers.OnTheWay(wellKnown, found) is { } onTheWay)
        {
            var owner = current;
            carriedOut = plan with
            {
                Database = plan.Database with { Accepted = token => secrets.AnnotateAsync(owner, wellKnown, AnnotationNames.FormerServer, onTheWay, token) },
            };
        }

        (current, var outcome) = await server.RunAsync(current, carriedOut, cancellationToken);
        var isMissing = outcome is Outcome.Failed { Problem.Reason: PostgresReasons.DatabaseMissing };
        return new SetupResult(current, elsewhere is not null && isMissing ? new Outcome.Failed(elsewhere) : outcome, plan);
    }

    /// <summary>Whether the cluster already runs on a database although this object never had one: somebody deleted and recreated it.</summary>
    private async Task<Problem?> RunsElsewhereAsync(ClusterDataSource current, SetupPlan plan, CancellationToken cancellationToken) =>
        !plan.WasComplete
        && !current.Metadata.IsSet(AnnotationNames.AllowEmptyDatabase)
        && await running.FindKineSecretAsync(current.Key, RunningClusters.ClusterDeploymentOf(current), cancellationToken) is { } secret
            ? new Problem(
                Reasons.ClusterRunsElsewhere,
                $"the cluster already runs on the database behind Secret {secret} and would lose everything on a new one; recreate this ClusterDataSource with the former "
                + $"spec.schema, or set annotation {AnnotationNames.AllowEmptyDatabase} to \"true\" to start it empty")
            : null;

    private static SetupResult Failed(ClusterDataSource current, Problem problem) => new(current, new Outcome.Failed(problem), null);
}

/// <summary>What a setup came to.</summary>
/// <param name="Current">The object as it is stored after it.</param>
/// <param name="Outcome">The outcome.</param>
/// <param name="Plan">What was carried out; null: nothing was.</param>
internal sealed record SetupResult(ClusterDataSource Current, Outcome Outcome, SetupPlan? Plan);
