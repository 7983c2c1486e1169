namespace TestPostgres;

/// <summary>How a test's server differs from the usual one.</summary>
public sealed record TestPostgresOptions
{
    /// <summary>Lines for postgresql.conf, which win over the usual ones, such as <c>log_statement = 'ddl'</c>.</summary>
    public IReadOnlyList<string> Configuration { get; init; } = [];

    /// <summary>Lines for pg_hba.conf, before the usual ones (every TLS connection by SCRAM-SHA-256, nothing else).</summary>
    public IReadOnlyList<string> HostBasedAuthentication { get; init; } = [];

    /// <summary>The programs to run. Null: <see cref="PostgresBinaries.Newest"/>.</summary>
    public PostgresBinaries? Binaries { get; init; }

    /// <summary>Listen on <c>::1</c> too, on the same port. Default: false, since not every machine has IPv6.</summary>
    public bool ListenOnIPv6 { get; init; }

    /// <summary>Who signs the server's certificate. Null: an authority of its own.</summary>
    public TestCertificateAuthority? CertificateAuthority { get; init; }

    /// <summary>The names and addresses in the server's certificate.</summary>
    public IReadOnlyList<string> CertificateNames { get; init; } = ["localhost", "127.0.0.1", "::1"];

    /// <summary>The running server that the new one follows as a streaming standby. Null: a server of its own.</summary>
    public TestPostgresServer? Primary { get; init; }
}
