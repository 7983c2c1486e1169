using System.Net;
using Provisioning.Kubernetes;
using Provisioning.Postgres;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>
/// Lets a ClusterDataSource go: its role is dropped, its Secrets are deleted, its finalizer is taken off, in this order. The database stays.
/// What stands in the way is shown and waited for, until a person sets <see cref="AnnotationNames.Release"/>.
/// </summary>
internal sealed class DatabaseRelease(
    IKubernetesClient client, ServerReader servers, OwnedSecrets secrets, IDatabaseProvisioner provisioner, ReleaseReports reports)
{
    /// <summary>Goes as far as possible. Throws when the API server fails or somebody changed the object meanwhile.</summary>
    public async Task<Outcome> RunAsync(ClusterDataSource current, CancellationToken cancellationToken)
    {
        if (!ObjectPatches.HasFinalizer(current))
        {
            return new Outcome.Released();
        }

        if (!await WasBegunAsync(current, cancellationToken))
        {
            reports.NothingToRelease(current);
            return await LetGoAsync(current, cancellationToken);
        }

        switch (await ReleaseRoleAsync(current, cancellationToken))
        {
            case (null, _):
                await reports.ReleasedAsync(current, cancellationToken);
                return await LetGoAsync(current, cancellationToken);
            case (Outcome.Failed { Problem: var problem }, var isMissing)
                when problem.Reason == PostgresReasons.NameConflict || current.Metadata.IsSet(AnnotationNames.Release) || (isMissing && await IsNamespaceGoingAsync(current, cancellationToken)):
                await reports.LeftBehindAsync(current, problem, cancellationToken);
                return await LetGoAsync(current, cancellationToken);
            case (var outcome, _):
                return outcome;
        }
    }

    /// <summary>Whether a server may know this ClusterDataSource. The annotation and the Secret are written before the first statement.</summary>
    private async Task<bool> WasBegunAsync(ClusterDataSource current, CancellationToken cancellationToken) =>
        current.Metadata.Annotations?.ContainsKey(AnnotationNames.Database) == true
        || current.Metadata.Annotations?.ContainsKey(AnnotationNames.PublishedSecrets) == true
        || !string.IsNullOrEmpty(current.Status?.KineDataSourceSecret)
        || (await secrets.FindAsync(current, new SecretNames(current.Metadata.Name!).Kine, cancellationToken) is { } secret
            && SecretPlan.IsOurs(secret, current.Metadata));

    /// <summary>Null: the role is gone. Else why not, and whether that is because something does not exist any more.</summary>
    private async Task<(Outcome? Outcome, bool IsMissing)> ReleaseRoleAsync(ClusterDataSource current, CancellationToken cancellationToken)
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
            outcome = await provisioner.ReleaseAsync(found.Server, names.Database, names.Role, names.Mark, cancellationToken);
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

    /// <summary>In a namespace that is being deleted the DataSource and its Secrets vanish at the same time, and nobody can bring them back.</summary>
    private async Task<bool> IsNamespaceGoingAsync(ClusterDataSource current, CancellationToken cancellationToken)
    {
        try
        {
            var found = await client.GetAsync<Namespace>(new NamespacedName("", current.Metadata.Namespace ?? ""), cancellationToken);
            return found.IsTerminating;
        }
        catch (KubernetesApiException exception) when (exception.IsNotFound || exception.StatusCode == HttpStatusCode.Forbidden)
        {
            // Without the right to look, the annotation remains.
            return false;
        }
    }

    private async Task<Outcome> LetGoAsync(ClusterDataSource current, CancellationToken cancellationToken)
    {
        foreach (var name in SecretsOf(current))
        {
            await secrets.DeleteAsync(current, name, cancellationToken);
        }

        try
        {
            await client.PatchAsync<ClusterDataSource>(
                current.Key, Patch.Merge(ObjectPatches.RemoveFinalizer(current)), WriteOptions.Default, cancellationToken);
        }
        catch (KubernetesApiException exception) when (exception.IsNotFound)
        {
            // Somebody took the finalizer off by hand.
        }

        return new Outcome.Released();
    }

    private static IEnumerable<string> SecretsOf(ClusterDataSource current)
    {
        var names = new SecretNames(current.Metadata.Name!);
        var published = PublishedSecrets.Parse(current.Metadata.Annotations?.GetValueOrDefault(AnnotationNames.PublishedSecrets));
        return new[] { names.Kine, names.CertificateAuthority, current.Status?.KineDataSourceSecret, current.Status?.CaSecret }
            .Concat(published?.Kine.Recent.Select(hash => published.Kine.NameOf(names.Kine, hash)) ?? [])
            .Concat(published?.CertificateAuthority?.Recent.Select(hash => published.CertificateAuthority.NameOf(names.CertificateAuthority, hash)) ?? [])
            .OfType<string>()
            .Where(name => name.Length > 0)
            .Distinct(StringComparer.Ordinal);
    }

    private static Outcome.Failed Failed(string reason, string message) => new(new Problem(reason, message));
}
