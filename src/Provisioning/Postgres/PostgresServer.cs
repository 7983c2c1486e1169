using System.Net;

namespace Provisioning.Postgres;

/// <summary>One place where a server listens. Only hosts that passed the endpoint grammar may come here: Npgsql would also accept
/// lists, Unix socket paths and abstract sockets.</summary>
/// <param name="Host">An RFC 1123 name, a dotted-quad IPv4 address or an IPv6 address without brackets.</param>
/// <param name="Port">1 to 65535.</param>
public sealed record PostgresEndpoint(string Host, int Port)
{
    /// <summary>The one address of the host that is meant; null: any of them.</summary>
    internal IPAddress? Address { get; init; }
}

/// <summary>How to reach a PostgreSQL server as its administrator. The connection is always TLS with verify-full.</summary>
public sealed record PostgresServer
{
    /// <summary>One or more endpoints of the same server; the primary among them is used.</summary>
    public required IReadOnlyList<PostgresEndpoint> Endpoints { get; init; }

    /// <summary>The admin role: superuser, or LOGIN CREATEDB CREATEROLE.</summary>
    public required string Username { get; init; }

    /// <summary>The admin role's password; only ever answered by SCRAM-SHA-256.</summary>
    public required Password Password { get; init; }

    /// <summary>PEM certificates that the server's certificate must chain to. Null: the system's trust store.</summary>
    public string? CertificateAuthority { get; init; }

    /// <summary>The database that admin sessions connect to. Default: <c>postgres</c>.</summary>
    public string MaintenanceDatabase { get; init; } = "postgres";
}
