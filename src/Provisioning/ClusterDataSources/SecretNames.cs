using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>The well-known names of a cluster's two Secrets, as k0rdent documents them.</summary>
/// <param name="Cluster">The name of the ClusterDataSource, which is that of the ClusterDeployment.</param>
internal readonly record struct SecretNames(string Cluster)
{
    /// <summary>The only key of the Secret with the DSN: k0smotron turns all of them into environment variables.</summary>
    public const string DsnKey = "K0SMOTRON_KINE_DATASOURCE_URL";

    /// <summary>The Secret with the current DSN.</summary>
    public string Kine => $"{Cluster}-kine";

    /// <summary>The Secret with the DSN that a rotation is about to set; there is one only as long as the rotation goes on. No hash is spelled so.</summary>
    public string NextKine => $"{Kine}-next";

    /// <summary>The Secret with the current CA.</summary>
    public string CertificateAuthority => $"{Cluster}-kine-ca";

    /// <summary>Every Secret that a ClusterDataSource may have, by what it and its record say.</summary>
    public static IEnumerable<string> AllOf(ClusterDataSource current)
    {
        var names = new SecretNames(current.Metadata.Name!);
        var published = PublishedSecrets.Parse(current.Metadata.Annotations?.GetValueOrDefault(AnnotationNames.PublishedSecrets));
        return new[] { names.Kine, names.NextKine, names.CertificateAuthority, current.Status?.KineDataSourceSecret, current.Status?.CaSecret }
            .Concat(published?.Kine.Recent.Select(hash => published.Kine.NameOf(names.Kine, hash)) ?? [])
            .Concat(published?.CertificateAuthority?.Recent.Select(hash => published.CertificateAuthority.NameOf(names.CertificateAuthority, hash)) ?? [])
            .OfType<string>()
            .Where(name => name.Length > 0)
            .Distinct(StringComparer.Ordinal);
    }
}
