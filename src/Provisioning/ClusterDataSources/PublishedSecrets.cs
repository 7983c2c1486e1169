using System.Text.Json;
using System.Text.Json.Nodes;

namespace Provisioning.ClusterDataSources;

/// <summary>
/// Which contents the two Secrets of a cluster were published with; kept in <see cref="AnnotationNames.PublishedSecrets"/>, where it
/// outlives the status (a restored backup has none) and the Secrets. Written before the status for the first time, so its presence
/// says that the cluster had a complete database.
/// </summary>
/// <param name="Kine">The contents of the Secret with the DSN.</param>
/// <param name="CertificateAuthority">The contents of the Secret with the CA; null: there was never one.</param>
internal sealed record PublishedSecrets(ContentHistory Kine, ContentHistory? CertificateAuthority)
{
    /// <summary>Reads the annotation's value; null when there is none.</summary>
    /// <remarks>A value that somebody broke still says that the cluster had a database; it only forgets the names.</remarks>
    public static PublishedSecrets? Parse(string? annotation)
    {
        if (annotation is null)
        {
            return null;
        }

        try
        {
            var root = JsonNode.Parse(annotation) as JsonObject;
            return new PublishedSecrets(ContentHistory.FromJson(root?["kine"]) ?? ContentHistory.Unknown, ContentHistory.FromJson(root?["ca"]));
        }
        catch (JsonException)
        {
            return new PublishedSecrets(ContentHistory.Unknown, null);
        }
    }

    /// <summary>With these contents as the current ones.</summary>
    /// <param name="before">Null when nothing was published yet.</param>
    /// <param name="kine">The hash of the DSN Secret's content.</param>
    /// <param name="certificateAuthority">The hash of the CA Secret's content; null: the DataSource has none now.</param>
    public static PublishedSecrets Publish(PublishedSecrets? before, string kine, string? certificateAuthority) => new(
        before?.Kine.Publish(kine) ?? ContentHistory.StartingWith(kine),
        certificateAuthority is null
            ? before?.CertificateAuthority
            : before?.CertificateAuthority?.Publish(certificateAuthority) ?? ContentHistory.StartingWith(certificateAuthority));

    /// <summary>Whether there is anything that may have to go.</summary>
    public bool IsLong => Kine.Recent.Count > 2 || CertificateAuthority?.Recent.Count > 2;

    /// <summary>Without the contents that nothing can still mount.</summary>
    public PublishedSecrets Trim(SecretNames names, IRunningCluster? release) => new(
        Kine.Trim(names.Kine, release?.KineSecret()),
        CertificateAuthority?.Trim(names.CertificateAuthority, release?.CertificateAuthoritySecret()));

    /// <summary>The annotation's value; equal states give equal texts.</summary>
    public string ToAnnotation()
    {
        var root = new JsonObject { ["kine"] = Kine.ToJson() };
        if (CertificateAuthority is not null)
        {
            root["ca"] = CertificateAuthority.ToJson();
        }

        return root.ToJsonString();
    }
}
