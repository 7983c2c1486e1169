namespace Provisioning.ClusterDataSources;

/// <summary>The well-known names of a cluster's two Secrets, as k0rdent documents them.</summary>
/// <param name="Cluster">The name of the ClusterDataSource, which is that of the ClusterDeployment.</param>
internal readonly record struct SecretNames(string Cluster)
{
    /// <summary>The only key of the Secret with the DSN: k0smotron turns all of them into environment variables.</summary>
    public const string DsnKey = "K0SMOTRON_KINE_DATASOURCE_URL";

    /// <summary>The Secret with the current DSN.</summary>
    public string Kine => $"{Cluster}-kine";

    /// <summary>The Secret with the current CA.</summary>
    public string CertificateAuthority => $"{Cluster}-kine-ca";
}
