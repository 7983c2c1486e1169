using Provisioning.Postgres;

namespace Provisioning.ClusterDataSources;

/// <summary>Which server a DataSource means.</summary>
internal abstract record ServerLookup
{
    private ServerLookup()
    {
    }

    /// <summary>The server, its admin credentials, and what control planes need to trust it.</summary>
    /// <param name="Server">How to reach it as the administrator.</param>
    /// <param name="CertificateAuthorityKey">The key under which control planes look for the CA, which the user chose; null: there is no CA.</param>
    public sealed record Found(PostgresServer Server, string? CertificateAuthorityKey) : ServerLookup
    {
        /// <summary>The CONNECTION LIMIT of a cluster's role there.</summary>
        public required int ConnectionLimit { get; init; }

        /// <summary>Changes with the DataSource and with every Secret that it names.</summary>
        public required string Version { get; init; }
    }

    /// <summary>It cannot be said.</summary>
    /// <param name="Problem">Why.</param>
    /// <param name="IsMissing">True when the DataSource, a Secret or a key does not exist, for sure: a failed read is never that.</param>
    public sealed record Unavailable(Problem Problem, bool IsMissing) : ServerLookup;
}
