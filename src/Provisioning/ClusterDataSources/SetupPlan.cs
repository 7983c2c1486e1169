using System.Text;
using Provisioning.Postgres;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>What a ClusterDataSource is to have, decided from what was read. Pure, but for the password that it may have to make.</summary>
internal sealed record SetupPlan
{
    /// <summary>Some of a server's endpoints name it; an Event has no room for all, and must have room for what to do.</summary>
    private const int MaxNamedEndpoints = 2;

    /// <summary>The well-known Secret with the DSN.</summary>
    public required WantedSecret Kine { get; init; }

    /// <summary>The well-known Secret with the CA; null: the DataSource has none.</summary>
    public required WantedSecret? CertificateAuthority { get; init; }

    /// <summary>What the server is to have.</summary>
    public required KineDatabase Database { get; init; }

    /// <summary>The version of what the DataSource said.</summary>
    public required string ServerVersion { get; init; }

    /// <summary>The endpoints of the server that the DSN named until now when the new one has none of them; null: it is the same server, or the first.</summary>
    public string? FormerServer { get; init; }

    /// <summary>Whether the cluster had a complete database before.</summary>
    public required bool WasComplete { get; init; }

    /// <summary>What was published before; null: nothing, or nothing that is known.</summary>
    public required PublishedSecrets? Published { get; init; }

    /// <summary>
    /// Whether the well-known Secret is written before the server is asked. Always for a new password, which must be stored somewhere before it
    /// is set. Else only when the content is the one that was published last: control planes that restart must not meet a server that may
    /// never be ready, while the others still run on the former one.
    /// </summary>
    public bool WritesKineFirst =>
        !WasComplete
        || !Database.PasswordProvesOwnership
        || (Published?.Kine.Recent is [.., var last] && last == ContentHash.Of(Kine.Data));

    /// <summary>What is published once the server is ready.</summary>
    public PublishedSecrets Publishes => PublishedSecrets.Publish(
        Published, ContentHash.Of(Kine.Data), CertificateAuthority is null ? null : ContentHash.Of(CertificateAuthority.Data));

    /// <summary>Decides.</summary>
    /// <param name="current">The ClusterDataSource as it is stored, having passed the rules.</param>
    /// <param name="names">Its names.</param>
    /// <param name="found">Its server.</param>
    /// <param name="wellKnown">The Secret under the well-known name; null: there is none.</param>
    /// <param name="published">The Secret that the status names when that is another one; null: there is none.</param>
    public static SetupPlan Decide(ClusterDataSource current, KineNames names, ServerLookup.Found found, Secret? wellKnown, Secret? published)
    {
        var kept = KinePasswords.Find(Ours(wellKnown, current), names.Role, names.Database)
            ?? KinePasswords.Find(Ours(published, current), names.Role, names.Database);
        var password = kept ?? PasswordGenerator.Generate();
        var secretNames = new SecretNames(current.Metadata.Name!);
        var wasComplete = HadDatabase(current, names, Ours(wellKnown, current));
        return new SetupPlan
        {
            Kine = WantedKine(secretNames.Kine, Dsn(names, found, password), names, wasComplete),
            CertificateAuthority = found is { CertificateAuthorityKey: { } key, Server.CertificateAuthority: { } certificates }
                ? new WantedSecret { Name = secretNames.CertificateAuthority, Data = Single(key, certificates) }
                : null,
            Database = new KineDatabase
            {
                Database = names.Database,
                Role = names.Role,
                Mark = names.Mark,
                Password = password,
                ConnectionLimit = found.ConnectionLimit,

                // In a management cluster brought back from a backup every uid is new, and so is the mark.
                PasswordProvesOwnership = kept is not null,
                MayCreateDatabase = !wasComplete || current.Metadata.IsSet(AnnotationNames.AllowEmptyDatabase),
            },
            ServerVersion = found.Version,
            FormerServer = wasComplete && kept is not null ? FormerServerOf(Ours(wellKnown, current) ?? published, found) : null,
            WasComplete = wasComplete,
            Published = PublishedBefore(current),
        };
    }

    /// <summary>
    /// Whether the cluster had a complete database once: then it never gets an empty one. Any trace counts, since each alone can be lost: the
    /// status in a restored backup, the annotation in an object applied from a cleaned file, the Secret by anybody's hand.
    /// </summary>
    public static bool HadDatabase(ClusterDataSource current, KineNames names, Secret? wellKnown) =>
        current.Metadata.Annotations?.ContainsKey(AnnotationNames.PublishedSecrets) == true
        || current.Status is { Ready: true }
        || !string.IsNullOrEmpty(current.Status?.KineDataSourceSecret)
        || (wellKnown?.Metadata.IsSet(AnnotationNames.Provisioned) == true
            && wellKnown.Metadata.Annotations?.GetValueOrDefault(AnnotationNames.Database) == names.Database.Value);

    private static string? FormerServerOf(Secret? used, ServerLookup.Found found) =>
        used?.Data?.GetValueOrDefault(SecretNames.DsnKey) is { } bytes
        && KineDsn.Parse(Encoding.UTF8.GetString(bytes)) is { } dsn
        && !dsn.Endpoints.Intersect(found.Server.Endpoints).Any()
            ? string.Join(", ", dsn.Endpoints.Take(MaxNamedEndpoints).Select(endpoint => $"{endpoint.Host}:{endpoint.Port}"))
            : null;

    private static PublishedSecrets? PublishedBefore(ClusterDataSource current) =>
        PublishedSecrets.Parse(current.Metadata.Annotations?.GetValueOrDefault(AnnotationNames.PublishedSecrets))
        // A status without the annotation: published by somebody else, with a content that is not known.
        ?? (string.IsNullOrEmpty(current.Status?.KineDataSourceSecret) ? null : new PublishedSecrets(ContentHistory.Unknown, ContentHistory.Unknown));

    private static Secret? Ours(Secret? secret, ClusterDataSource owner) =>
        secret is not null && SecretPlan.IsOurs(secret, owner.Metadata) ? secret : null;

    private static string Dsn(KineNames names, ServerLookup.Found found, Password password) => new KineDsn
    {
        Endpoints = found.Server.Endpoints,
        Role = names.Role,
        Password = password,
        Database = names.Database,
        HasCertificateAuthority = found.CertificateAuthorityKey is not null,
    }.Reveal();

    private static WantedSecret WantedKine(string name, string dsn, KineNames names, bool wasComplete)
    {
        var annotations = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [AnnotationNames.Database] = names.Database.Value,
            [AnnotationNames.Role] = names.Role.Value,
        };
        if (wasComplete)
        {
            annotations[AnnotationNames.Provisioned] = "true";
        }

        return new WantedSecret { Name = name, Data = Single(SecretNames.DsnKey, dsn), Annotations = annotations };
    }

    private static Dictionary<string, byte[]> Single(string key, string value) =>
        new(StringComparer.Ordinal) { [key] = Encoding.UTF8.GetBytes(value) };
}
