using System.Text;
using Provisioning.Postgres;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>What a ClusterDataSource is to have, decided from what was read. Pure, but for the password that it may have to make.</summary>
internal sealed record SetupPlan
{
    /// <summary>The well-known Secret with the DSN.</summary>
    public required WantedSecret Kine { get; init; }

    /// <summary>The well-known Secret with the CA; null: the DataSource has none.</summary>
    public required WantedSecret? CertificateAuthority { get; init; }

    /// <summary>What the server is to have.</summary>
    public required KineDatabase Database { get; init; }

    /// <summary>What the cluster is called there.</summary>
    public required KineNames Names { get; init; }

    /// <summary>The server.</summary>
    public required ServerLookup.Found Found { get; init; }

    /// <summary>How the cluster logs in.</summary>
    public required KineLogin Login { get; init; }

    /// <summary>The value of <see cref="AnnotationNames.Rotate"/> that this login was made for; null: for none.</summary>
    public string? Rotated { get; init; }

    /// <summary>The role whose login was being taken away when the Secret was read (<see cref="AnnotationNames.Retiring"/>); null: none.</summary>
    public string? Retiring { get; init; }

    /// <summary>Whether the login is a new one beside a former one that still works: no control plane may meet it before the server knows it.</summary>
    public bool IsRotation { get; init; }

    /// <summary>The servers that the cluster has left and of which nobody has been told yet (<see cref="FormerServers"/>); null: none.</summary>
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
    public bool WritesKineFirst => !IsRotation
        && (!WasComplete
        || !Database.PasswordProvesOwnership
        || (Published?.Kine.Recent is [.., var last] && last == ContentHash.Of(Kine.Data)));

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
        var source = KinePasswords.Find(Ours(wellKnown, current), names) is not null ? wellKnown : Ours(published, current);
        var kept = KinePasswords.Find(source, names);
        var login = kept ?? new KineLogin(names.Role, PasswordGenerator.Generate());

        // A password made just now is as new as anybody can ask for.
        var rotated = kept is null ? RotationRequest(current) : source!.Metadata.Annotations?.GetValueOrDefault(AnnotationNames.Rotated);
        var secretNames = new SecretNames(current.Metadata.Name!);
        var wasComplete = HadDatabase(current, names, Ours(wellKnown, current));
        var publishedBefore = PublishedBefore(current);
        var kine = WantedKine(secretNames.Kine, names, found, login, rotated, wasComplete);
        var ours = Ours(wellKnown, current);
        var former = FormerServers.Find(
            ours?.Metadata.Annotations?.GetValueOrDefault(AnnotationNames.FormerServer), wasComplete && kept is not null ? ours ?? published : null, publishedBefore, found);
        return new SetupPlan
        {
            Kine = former is null ? kine : kine.WithAnnotation(AnnotationNames.FormerServer, former),
            CertificateAuthority = found is { CertificateAuthorityKey: { } key, Server.CertificateAuthority: { } certificates }
                ? new WantedSecret { Name = secretNames.CertificateAuthority, Data = Single(key, certificates) }
                : null,
            Database = new KineDatabase
            {
                Database = names.Database,
                Role = names.Role,
                SecondRole = names.SecondRole,
                SecondLogsIn = login.Role == names.SecondRole,
                Mark = names.Mark,
                Password = login.Password,
                ConnectionLimit = found.ConnectionLimit,

                // In a management cluster brought back from a backup every uid is new, and so is the mark.
                PasswordProvesOwnership = kept is not null,
                MayCreateDatabase = !wasComplete || current.Metadata.IsSet(AnnotationNames.AllowEmptyDatabase),
            },
            Names = names,
            Found = found,
            Login = login,
            Rotated = rotated,
            Retiring = ours?.Metadata.Annotations?.GetValueOrDefault(AnnotationNames.Retiring),
            FormerServer = former,
            WasComplete = wasComplete,
            Published = publishedBefore,
        };
    }

    /// <summary>The same with another login, beside which the present one goes on working.</summary>
    /// <param name="login">The new login, on the other role.</param>
    /// <param name="request">The value of <see cref="AnnotationNames.Rotate"/> that it is made for.</param>
    public SetupPlan Rotate(KineLogin login, string? request) => this with
    {
        Kine = WantedKine(Kine.Name, Names, Found, login, request, wasComplete: true),
        Database = Database with
        {
            SecondLogsIn = login.Role == Names.SecondRole,
            Password = login.Password,
            PasswordProvesOwnership = false,
            MayCreateDatabase = false,
        },
        Login = login,
        Rotated = request,
        IsRotation = true,
        WasComplete = true,
    };

    /// <summary>The value of <see cref="AnnotationNames.Rotate"/>; null: nobody asks for a rotation.</summary>
    public static string? RotationRequest(ClusterDataSource current) =>
        current.Metadata.Annotations?.GetValueOrDefault(AnnotationNames.Rotate) is { Length: > 0 } request ? request : null;

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

    private static PublishedSecrets? PublishedBefore(ClusterDataSource current) =>
        PublishedSecrets.Parse(current.Metadata.Annotations?.GetValueOrDefault(AnnotationNames.PublishedSecrets))
        // A status without the annotation: published by somebody else, with a content that is not known.
        ?? (string.IsNullOrEmpty(current.Status?.KineDataSourceSecret) ? null : new PublishedSecrets(ContentHistory.Unknown, ContentHistory.Unknown));

    private static Secret? Ours(Secret? secret, ClusterDataSource owner) =>
        secret is not null && SecretPlan.IsOurs(secret, owner.Metadata) ? secret : null;

    private static string Dsn(KineNames names, ServerLookup.Found found, KineLogin login) => new KineDsn
    {
        Endpoints = found.Server.Endpoints,
        Role = login.Role,
        Password = login.Password,
        Database = names.Database,
        HasCertificateAuthority = found.CertificateAuthorityKey is not null,
    }.Reveal();

    private static WantedSecret WantedKine(
        string name, KineNames names, ServerLookup.Found found, KineLogin login, string? rotated, bool wasComplete)
    {
        var annotations = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [AnnotationNames.Database] = names.Database.Value,
            [AnnotationNames.Role] = login.Role.Value,
        };
        if (rotated is not null)
        {
            annotations[AnnotationNames.Rotated] = rotated;
        }

        if (wasComplete)
        {
            annotations[AnnotationNames.Provisioned] = "true";
        }

        return new WantedSecret { Name = name, Data = Single(SecretNames.DsnKey, Dsn(names, found, login)), Annotations = annotations };
    }

    private static Dictionary<string, byte[]> Single(string key, string value) =>
        new(StringComparer.Ordinal) { [key] = Encoding.UTF8.GetBytes(value) };
}
