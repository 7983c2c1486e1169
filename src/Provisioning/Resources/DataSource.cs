using Provisioning.Kubernetes;

namespace Provisioning.Resources;

/// <summary>Which PostgreSQL: <c>DataSource</c> of <c>k0rdent.mirantis.com/v1beta1</c>. Its spec is immutable; it has no status.</summary>
public sealed record DataSource : Resource, IResource
{
    /// <inheritdoc/>
    public static ResourceType ResourceType { get; } = new("k0rdent.mirantis.com", "v1beta1", "datasources", "DataSource");

    /// <summary>The desired state. Null only when an object bypassed the schema.</summary>
    public DataSourceSpec? Spec { get; init; }
}

/// <summary><c>DataSource.spec</c>.</summary>
public sealed record DataSourceSpec
{
    /// <summary>The database type; only <c>postgresql</c> is supported.</summary>
    public string? Type { get; init; }

    /// <summary><c>host:port</c>, the hosts of one server: a primary and its standbys, or proxies in front of them.</summary>
    public IReadOnlyList<string?>? Endpoints { get; init; }

    /// <summary>Where the admin credentials are.</summary>
    public DataSourceAuth? Auth { get; init; }

    /// <summary>Where the CA certificate is. Null: the system's trust store decides.</summary>
    public SecretKeyReference? CertificateAuthority { get; init; }

    /// <summary>Equal when every field is, the endpoints in their order: what the API calls an unchanged spec.</summary>
    public bool Equals(DataSourceSpec? other) =>
        other is not null
        && Type == other.Type
        && Auth == other.Auth
        && CertificateAuthority == other.CertificateAuthority
        && (Endpoints is null ? other.Endpoints is null : other.Endpoints is not null && Endpoints.SequenceEqual(other.Endpoints, StringComparer.Ordinal));

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add(Type, StringComparer.Ordinal);
        hash.Add(Auth);
        hash.Add(CertificateAuthority);
        foreach (var endpoint in Endpoints ?? [])
        {
            hash.Add(endpoint, StringComparer.Ordinal);
        }

        return hash.ToHashCode();
    }
}

/// <summary><c>DataSource.spec.auth</c>.</summary>
public sealed record DataSourceAuth
{
    /// <summary>The Secret key that holds the admin role's name.</summary>
    public SecretKeyReference? Username { get; init; }

    /// <summary>The Secret key that holds the admin role's password.</summary>
    public SecretKeyReference? Password { get; init; }
}

/// <summary>One key of a Secret.</summary>
public sealed record SecretKeyReference
{
    /// <summary>Null or empty: the namespace of the object that refers.</summary>
    public string? Namespace { get; init; }

    /// <summary>The Secret's name.</summary>
    public string? Name { get; init; }

    /// <summary>The key in its data.</summary>
    public string? Key { get; init; }

    /// <summary>The Secret that is meant when an object of this namespace refers to it.</summary>
    public NamespacedName Resolve(string ownNamespace) => new(string.IsNullOrEmpty(Namespace) ? ownNamespace : Namespace, Name ?? "");
}
