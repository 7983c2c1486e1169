using Provisioning.Kubernetes;
using Provisioning.Postgres;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>
/// Gives a ClusterDataSource its database: a Secret with the password first, then the server, then the record of what is published, then
/// the Secrets that control planes use. A crash after any step is survived by doing all of them again.
/// </summary>
internal sealed class DatabaseSetup(
    IKubernetesClient client, ServerReader servers, OwnedSecrets secrets, RunningClusters running, IDatabaseProvisioner provisioner)
{
    /// <summary>Brings server and Secrets to a spec that passed the rules. Throws when the API server fails or somebody changed the object meanwhile.</summary>
    /// <returns>The outcome, and the object as it is stored after it.</returns>
    public async Task<(ClusterDataSource Current, Outcome Outcome)> RunAsync(ClusterDataSource current, CancellationToken cancellationToken)
    {
        var names = KineNames.Of(current);
        if (ObjectPatches.Claim(current, names.Database.Value) is { } claim)
        {
            current = await client.PatchAsync<ClusterDataSource>(current.Key, Patch.Merge(claim), WriteOptions.Default, cancellationToken);
        }

        switch (await servers.ReadAsync(current.Key with { Name = current.Spec!.DataSource! }, cancellationToken))
        {
            case ServerLookup.Unavailable unavailable:
                return Failed(current, unavailable.Problem);
            case ServerLookup.Found found:
                return await RunAsync(current, names, found, cancellationToken);
            default:
                throw new InvalidOperationException("A lookup is either found or unavailable.");
        }
    }

    /// <summary>Deletes the Secrets that no control plane can still mount, after the status and the HelmRelease named newer ones.</summary>
    public async Task DropSupersededAsync(ClusterDataSource current, CancellationToken cancellationToken)
    {
        if (PublishedSecrets.Parse(current.Metadata.Annotations?.GetValueOrDefault(AnnotationNames.PublishedSecrets)) is not { IsLong: true } published)
        {
            return;
        }

        var names = new SecretNames(current.Metadata.Name!);

        // Whosever release it is: pods mount what it names.
        var release = await running.FindReleaseAsync(current.Key, clusterDeploymentUid: null, cancellationToken);
        string[] superseded =
        [
            .. published.Kine.Superseded(names.Kine, release?.KineSecret()),
            .. published.CertificateAuthority?.Superseded(names.CertificateAuthority, release?.CertificateAuthoritySecret()) ?? [],
        ];
        foreach (var name in superseded)
        {
            await secrets.DeleteAsync(current, name, cancellationToken);
        }

        if (ObjectPatches.Record(current, published.Trim(names, release)) is { } patch)
        {
            await client.PatchAsync<ClusterDataSource>(current.Key, Patch.Merge(patch), WriteOptions.Default, cancellationToken);
        }
    }

    private async Task<(ClusterDataSource Current, Outcome Outcome)> RunAsync(
        ClusterDataSource current, KineNames names, ServerLookup.Found found, CancellationToken cancellationToken)
    {
        var wellKnown = await secrets.FindAsync(current, new SecretNames(current.Metadata.Name!).Kine, cancellationToken);
        // The copy that control planes use matters only when the well-known Secret is lost or broken.
        var published = KinePasswords.Find(wellKnown, names.Role, names.Database) is null && current.Status?.KineDataSourceSecret is { Length: > 0 } name
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
            if (wellKnown is not null && KinePasswords.Find(wellKnown, names.Role, names.Database) is null)
            {
                return Failed(current, elsewhere);
            }

            plan = plan with { Database = plan.Database with { MayCreateDatabase = false } };
        }

        if (plan.WritesKineFirst && await secrets.EnsureAsync(current, wellKnown, plan.Kine, cancellationToken) is { } conflict)
        {
            return Failed(current, conflict);
        }

        ProvisioningOutcome outcome;
        try
        {
            outcome = await provisioner.ProvisionAsync(found.Server, plan.Database, cancellationToken);
        }
        catch (Exception exception) when (ServerProblem.From(exception, cancellationToken) is { } problem)
        {
            return Failed(current, problem);
        }

        return outcome switch
        {
            ProvisioningOutcome.Ready ready => await PublishAsync(current, plan, ready, cancellationToken),
            ProvisioningOutcome.Refused { Reason: PostgresReasons.DatabaseMissing } when elsewhere is not null => Failed(current, elsewhere),
            ProvisioningOutcome.Refused refused => Failed(current, new Problem(refused.Reason, refused.Message)),
            _ => (current, new Outcome.Busy()),
        };
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

    private async Task<(ClusterDataSource Current, Outcome Outcome)> PublishAsync(
        ClusterDataSource current, SetupPlan plan, ProvisioningOutcome.Ready made, CancellationToken cancellationToken)
    {
        // Before anything names the Secrets: from here on the cluster counts as one that had a database.
        var publishes = plan.Publishes;
        if (ObjectPatches.Record(current, publishes) is { } record)
        {
            current = await client.PatchAsync<ClusterDataSource>(current.Key, Patch.Merge(record), WriteOptions.Default, cancellationToken);
        }

        var kine = plan.Kine.WithAnnotation(AnnotationNames.Provisioned, "true");
        if (plan.FormerServer is not null)
        {
            kine = kine.WithAnnotation(AnnotationNames.FormerServer, plan.FormerServer);
        }

        var kineName = publishes.Kine.NameOf(kine.Name, ContentHash.Of(kine.Data));
        var wanted = new List<WantedSecret>();
        if (kineName != kine.Name)
        {
            wanted.Add(kine with { Name = kineName });
        }

        if (!plan.WasComplete || !plan.WritesKineFirst)
        {
            wanted.Add(kine);
        }

        string? caName = null;
        if (plan.CertificateAuthority is { } authority)
        {
            caName = publishes.CertificateAuthority!.NameOf(authority.Name, ContentHash.Of(authority.Data));
            wanted.Add(authority);
            if (caName != authority.Name)
            {
                wanted.Add(authority with { Name = caName });
            }
        }

        var former = plan.FormerServer;
        foreach (var secret in wanted)
        {
            var existing = await secrets.FindAsync(current, secret.Name, cancellationToken);
            if (secret.Name == kineName)
            {
                former ??= existing?.Metadata.Annotations?.GetValueOrDefault(AnnotationNames.FormerServer);
            }

            if (await secrets.EnsureAsync(current, existing, secret, cancellationToken) is { } conflict)
            {
                return Failed(current, conflict);
            }
        }

        return (current, new Outcome.Ready(kineName, caName, made.Steps)
        {
            Warnings = made.Warnings,
            FormerServer = former,
            ServerVersion = plan.ServerVersion,
        });
    }

    private static (ClusterDataSource Current, Outcome Outcome) Failed(ClusterDataSource current, Problem problem) =>
        (current, new Outcome.Failed(problem));
}
