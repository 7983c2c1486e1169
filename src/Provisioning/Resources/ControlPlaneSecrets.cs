namespace Provisioning.Resources;

/// <summary>The Secrets that a control plane starts with.</summary>
/// <param name="Kine">The Secret with the DSN, under <see cref="DsnKey"/>.</param>
/// <param name="Authority">The Secret with the CA; null: there is none.</param>
public sealed record ControlPlaneSecrets(string Kine, AuthoritySecret? Authority)
{
    /// <summary>The only key of the Secret with the DSN.</summary>
    public const string DsnKey = "K0SMOTRON_KINE_DATASOURCE_URL";

    /// <summary>The folder in which a control plane finds its CA.</summary>
    public const string AuthorityFolder = "/var/lib/k0s/kine-ca";

    /// <summary>The file in that folder.</summary>
    public const string AuthorityFile = "ca.crt";

    /// <summary>What a new ClusterDataSource will publish: until then pods wait for these Secrets, whatever is waited for.</summary>
    /// <param name="name">The name that the ClusterDataSource will have.</param>
    /// <param name="authorityKey">The key of the CA that the DataSource names; null: it names none.</param>
    public static ControlPlaneSecrets Expected(string name, string? authorityKey) =>
        new($"{name}-kine", string.IsNullOrEmpty(authorityKey) ? null : new AuthoritySecret($"{name}-kine-ca", authorityKey));

    /// <summary>Whether the DSN's is one of those that the ClusterDataSource of this name publishes.</summary>
    public bool AreOf(string name) => Kine == $"{name}-kine" || Kine.StartsWith($"{name}-kine-", StringComparison.Ordinal);

    /// <summary>Whether these are the named Secrets; whether the key is right only the DataSource tells.</summary>
    public bool AreNamed(string? kine, string? authority) => Kine == kine && Authority?.Name == (string.IsNullOrEmpty(authority) ? null : authority);
}

/// <summary>A Secret with a CA.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Key">The key in it.</param>
public sealed record AuthoritySecret(string Name, string Key);
