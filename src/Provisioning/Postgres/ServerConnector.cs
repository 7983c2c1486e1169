using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Provisioning.Postgres;

/// <summary>
/// Opens connections: always TLS with verify-full, SCRAM-SHA-256 only, unpooled, to the primary among the endpoints. Npgsql gets no
/// logger: it would log statements.
/// </summary>
internal sealed class ServerConnector(IOptions<PostgresOptions> options)
{
    /// <summary>What the server's administrator sees in pg_stat_activity.</summary>
    public const string ApplicationName = "clusterdatasource-controller";

    /// <summary>
    /// Search path: a tenant can plant functions and operators in its schema. Synchronous commit: with a missing synchronous standby a
    /// CREATE would hang for ever, and no timeout ends it. Standard strings: our literals are quoted for them.
    /// </summary>
    private const string Preparation =
        "SET search_path = ''; SET synchronous_commit = 'local'; SET standard_conforming_strings = on; SET client_min_messages = 'error'; SET lock_timeout = '10s'";

    /// <summary>Opens a session of the admin role.</summary>
    public async Task<AdminSession> OpenAdminAsync(PostgresServer server, string database, CancellationToken cancellationToken)
    {
        var roots = ParseRoots(server.CertificateAuthority);
        var dataSource = CreateDataSource(server, database, server.Username, server.Password, roots);
        var session = new AdminSession(dataSource, roots);
        try
        {
            await session.OpenAsync(cancellationToken);
            await session.ExecuteAsync(Preparation, cancellationToken);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>Logs in as a role and runs nothing but <c>SELECT 1</c>.</summary>
    public async Task TryLoginAsync(
        PostgresServer server, PostgresIdentifier database, PostgresIdentifier role, Password password, CancellationToken cancellationToken)
    {
        var roots = ParseRoots(server.CertificateAuthority);
        await using var session = new AdminSession(CreateDataSource(server, database.Value, role.Value, password, roots), roots);
        await session.OpenAsync(cancellationToken);
        await session.ExecuteAsync("SELECT 1", cancellationToken);
    }

    /// <summary>The connection string; every value through a property, the hosts from endpoints that passed the grammar.</summary>
    internal NpgsqlConnectionStringBuilder ConnectionString(PostgresServer server, string database, string username, Password password) => new()
    {
        Host = string.Join(',', server.Endpoints.Select(HostAndPort)),
        Database = database,
        Username = username,
        Password = password.Reveal(),
        SslMode = SslMode.VerifyFull,
        RequireAuth = "ScramSHA256",
        ChannelBinding = ChannelBinding.Prefer,
        GssEncryptionMode = GssEncryptionMode.Disable,
        PersistSecurityInfo = false,
        IncludeErrorDetail = false,
        Pooling = false,
        Enlist = false,
        Timeout = (int)Math.Ceiling(options.Value.ConnectTimeout.TotalSeconds),
        CommandTimeout = (int)Math.Ceiling(options.Value.CommandTimeout.TotalSeconds),
        ApplicationName = ApplicationName,
    };

    private static string HostAndPort(PostgresEndpoint endpoint) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(endpoint.Host.Contains(':', StringComparison.Ordinal) ? $"[{endpoint.Host}]" : endpoint.Host)}:{endpoint.Port}");

    private NpgsqlMultiHostDataSource CreateDataSource(
        PostgresServer server, string database, string username, Password password, X509Certificate2Collection? roots)
    {
        var builder = new NpgsqlDataSourceBuilder(ConnectionString(server, database, username, password).ConnectionString);
        if (roots is not null)
        {
            builder.UseRootCertificates(roots);
        }

        // In a list Npgsql keeps the brackets of an IPv6 address, and no certificate names "[::1]".
        builder.UseSslClientAuthenticationOptionsCallback(tls => tls.TargetHost = tls.TargetHost?.Trim('[', ']'));

        // Only built-in types are read here, and a tenant's database has nothing to say in that.
        builder.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
        return builder.BuildMultiHost();
    }

    /// <summary>Null for the system's trust store; never empty, which Npgsql would take for that.</summary>
    private static X509Certificate2Collection? ParseRoots(string? pem)
    {
        if (pem is null)
        {
            return null;
        }

        var roots = new X509Certificate2Collection();
        try
        {
            roots.ImportFromPem(pem);
        }
        catch (CryptographicException exception)
        {
            throw new CertificateAuthorityException(exception);
        }

        return roots.Count > 0 ? roots : throw new CertificateAuthorityException(null);
    }
}

/// <summary>The CA that a server is to be verified with holds no certificate that can be read.</summary>
internal sealed class CertificateAuthorityException(Exception? innerException)
    : Exception("The CA holds no PEM certificate that can be read.", innerException);
