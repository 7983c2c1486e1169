using Provisioning.Kubernetes;
using Provisioning.Postgres;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>
/// Says of a ClusterDataSource that was ready whether it is as it was left: by the informer's copy, by its own Secrets, and by a reading of its server's
/// catalogue that it shares with all others there. Opens no session in its database, and writes nothing, so what the API server remembers of the
/// Secrets will do: whatever differs, or cannot be known from here, is for the closer look, which reads everything again as it is stored. Safe for concurrent use.
/// </summary>
internal sealed class OutsideLook(
    ResourceRules rules, ServerReadings servers, OwnedSecrets secrets, IServerCatalogues catalogues, ProvisioningMetrics metrics)
{
    /// <summary>The annotations of our group on a ClusterDataSource that has nothing left to be done. Any other may ask for something that is not known here.</summary>
    private static readonly HashSet<string> Settled =
        new(StringComparer.Ordinal) { AnnotationNames.Database, AnnotationNames.PublishedSecrets, AnnotationNames.Rotate };

    /// <summary>Those on the Secret with the DSN.</summary>
    private static readonly HashSet<string> SettledSecret = new(StringComparer.Ordinal)
    {
        AnnotationNames.Database, AnnotationNames.Role, AnnotationNames.ClusterDataSource, AnnotationNames.Provisioned, AnnotationNames.Rotated,
    };

    /// <summary>What DataSources say.</summary>
    public ServerReadings Servers => servers;

    /// <summary>Looks. Throws when the API server fails.</summary>
    /// <param name="known">As the informer knows it.</param>
    /// <param name="withAllSecrets">False: of its Secrets only the one with the DSN is read; whether the others are current is then told by the record of what was published.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<OutsideView> RunAsync(ClusterDataSource known, bool withAllSecrets, CancellationToken cancellationToken)
    {
        var view = await LookAsync(known, withAllSecrets, cancellationToken);
        if (view is OutsideView.Unchanged)
        {
            metrics.CountUnchanged();
        }

        return view;
    }

    private async Task<OutsideView> LookAsync(ClusterDataSource known, bool withAllSecrets, CancellationToken cancellationToken)
    {
        if (!IsSettled(known)
            || await servers.ReadAsync(known.Key with { Name = known.Spec!.DataSource! }, ServerReadings.MaxAge, cancellationToken) is not ServerLookup.Found found)
        {
            return new OutsideView.Unclear();
        }

        // Before what takes time: while the catalogue is being read, a look costs next to nothing.
        IServerCatalogue catalogue;
        switch (await catalogues.ReadAsync(found.Server, found.Version, cancellationToken))
        {
            case CatalogueReading.UnderWay:
                return new OutsideView.TooEarly();
            case CatalogueReading.Taken taken:
                catalogue = taken.Catalogue;
                break;
            default:
                return new OutsideView.Unclear();
        }

        if (rules.FindViolations(known).Count > 0 || ObjectPatches.Claim(known, KineNames.Of(known).Database.Value) is not null)
        {
            return new OutsideView.Unclear();
        }

        var wellKnown = await secrets.FindRememberedAsync(known, new SecretNames(known.Metadata.Name!).Kine, cancellationToken);
        return KeptPlan(known, found, wellKnown) is { } plan
            && catalogue.IsAsWanted(plan.Database)
            && await AreCurrentAsync(known, plan, wellKnown!, withAllSecrets, cancellationToken)
                ? new OutsideView.Unchanged(found.Version)
                : new OutsideView.Unclear();
    }

    /// <summary>Whether nothing is asked for and nothing was left half done, by the object alone.</summary>
    private static bool IsSettled(ClusterDataSource known) =>
        known is { Metadata.IsBeingDeleted: false, Spec.DataSource.Length: > 0, Status: { Ready: true, Error: null or "" } status }
        && status.ObservedGeneration == known.Metadata.Generation
        && HasOnly(Settled, known.Metadata);

    private static bool HasOnly(HashSet<string> annotations, ObjectMeta metadata) =>
        metadata.Annotations?.Keys.All(name => !AnnotationNames.IsOurs(name) || annotations.Contains(name)) != false;

    /// <summary>What it is to have, when that is what it was published with; null: it is not, or there is no password to keep.</summary>
    private static SetupPlan? KeptPlan(ClusterDataSource known, ServerLookup.Found found, Secret? wellKnown)
    {
        var names = KineNames.Of(known);
        if (wellKnown is null || KinePasswords.Find(wellKnown, names) is null || !HasOnly(SettledSecret, wellKnown.Metadata))
        {
            return null;
        }

        var plan = SetupPlan.Decide(known, names, found, wellKnown, published: null);
        var publishes = plan.Publishes;
        var (kine, authority) = PublishedNames(plan);
        var request = SetupPlan.RotationRequest(known);
        return plan is { WasComplete: true, Database.PasswordProvesOwnership: true }
            && (request is null || request == plan.Rotated)
            && !publishes.IsLong
            && ObjectPatches.Record(known, publishes) is null
            && StatusPlan.Patch(known, StatusPlan.Next(known, new Outcome.Ready(kine, authority, []))) is null
                ? plan
                : null;
    }

    private async Task<bool> AreCurrentAsync(
        ClusterDataSource known, SetupPlan plan, Secret wellKnown, bool withAllSecrets, CancellationToken cancellationToken)
    {
        var kine = plan.Kine.WithAnnotation(AnnotationNames.Provisioned, "true");
        if (SecretPlan.Decide(wellKnown, kine, known) is not SecretChange.None)
        {
            return false;
        }

        if (!withAllSecrets)
        {
            return true;
        }

        var (kineName, authorityName) = PublishedNames(plan);
        List<WantedSecret> others = kineName == kine.Name ? [] : [kine with { Name = kineName }];
        if (plan.CertificateAuthority is { } authority)
        {
            others.AddRange(new[] { authority.Name, authorityName! }.Distinct(StringComparer.Ordinal).Select(name => authority with { Name = name }));
        }

        foreach (var secret in others)
        {
            if (SecretPlan.Decide(await secrets.FindRememberedAsync(known, secret.Name, cancellationToken), secret, known) is not SecretChange.None)
            {
                return false;
            }
        }

        return true;
    }

    private static (string Kine, string? CertificateAuthority) PublishedNames(SetupPlan plan)
    {
        var publishes = plan.Publishes;
        return (
            publishes.Kine.NameOf(plan.Kine.Name, ContentHash.Of(plan.Kine.Data)),
            plan.CertificateAuthority is { } authority ? publishes.CertificateAuthority!.NameOf(authority.Name, ContentHash.Of(authority.Data)) : null);
    }
}

/// <summary>What a look from outside came to.</summary>
internal abstract record OutsideView
{
    private OutsideView()
    {
    }

    /// <summary>Nothing differs.</summary>
    /// <param name="ServerVersion">The version of what its DataSource said.</param>
    public sealed record Unchanged(string ServerVersion) : OutsideView;

    /// <summary>Something differs, or it cannot be known from here: look closer.</summary>
    public sealed record Unclear : OutsideView;

    /// <summary>The catalogue is being read: look again soon.</summary>
    public sealed record TooEarly : OutsideView;
}
