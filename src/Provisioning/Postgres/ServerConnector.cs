using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Provisioning.Postgres;

/// <summary>
/// Opens connections: always TLS with verify-full, SCRAM-SHA-256 only, unpooled, to the primary among the endpoints, and only to addresses
/// that the policy allows. Npgsql gets no logger: it would log statements.
/// </summary>
internal sealed class ServerConnector(EndpointResolver resolver, IOptions<PostgresOptions> options, IFaultPoints faults)
{
    /// <summary>What the server's administrator sees in pg_stat_activity.</summary>
    public const string ApplicationName = "clusterdatasource-controller";

    /// <summary>
    /// Search path: a tenant can plant functions and operators in its schema. Synchronous commit: with a missing synchronous standby a
    /// CREATE would hang for ever, and no timeout ends it. Standard strings: our literals are quoted for them.
    /// </summary>
    private const string Preparation =
        "SET search_path = ''; SET synchronous_commit = 'local'; SET standard_conforming_strings = on; SET client_min_messages = 'error'; SET lock_timeout = '10s'";

    /// <summary>Opens a session of the admin role in the maintenance database, having made sure that no pooler shares it with others.</summary>
    /// <exception cref="TransactionPoolingException">A pooler gives the server's processes to several sessions.</exception>
    public async Task<AdminSession> OpenMaintenanceAsync(PostgresServer server, CancellationToken cancellationToken)
    {
        var login = new Login(server.MaintenanceDatabase, server.Username, server.Password);
        return await PrepareAsync(
            await OpenAsync(server, login, cancellationToken),
            async session =>
            {
                var there = server with { Endpoints = [session.Endpoint] };
                session.IsPooled = await PoolerCheck.IsPooledAsync(session, () => OpenAsync(there, login, cancellationToken), cancellationToken);
                await session.PrepareAsync(Preparation, cancellationToken);
            });
    }

    /// <summary>Opens a session of the admin role.</summary>
    public async Task<AdminSession> OpenAdminAsync(PostgresServer server, string database, CancellationToken cancellationToken) => await PrepareAsync(
        await OpenAsync(server, new Login(database, server.Username, server.Password), cancellationToken),
        session => session.PrepareAsync(Preparation, cancellationToken));

    /// <summary>Opens a session of a cluster's role in its database.</summary>
    public async Task<AdminSession> OpenAsRoleAsync(
        PostgresServer server, PostgresIdentifier database, PostgresIdentifier role, Password password, CancellationToken cancellationToken) => await PrepareAsync(
        await OpenAsync(server, new Login(database.Value, role.Value, password), cancellationToken),
        session => session.PrepareAsync(Preparation, cancellationToken));

    /// <summary>Logs in as a role and runs nothing but <c>SELECT 1</c>.</summary>
    public async Task TryLoginAsync(
        PostgresServer server, PostgresIdentifier database, PostgresIdentifier role, Password password, CancellationToken cancellationToken)
    {
        await using var session = await OpenAsync(server, new Login(database.Value, role.Value, password), cancellationToken);
        await session.PrepareAsync("SELECT 1", cancellationToken);
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

    private static async Task<AdminSession> PrepareAsync(AdminSession session, Func<AdminSession, Task> prepare)
    {
        try
        {
            await prepare(session);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    private static string HostAndPort(PostgresEndpoint endpoint) => HostAndPort(endpoint.Address?.ToString() ?? endpoint.Host, endpoint.Port);

    private static string HostAndPort(string host, int port) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{port}");

    /// <summary>The first endpoint, at the first of its addresses, that takes the login and is no standby.</summary>
    private async Task<AdminSession> OpenAsync(PostgresServer server, Login login, CancellationToken cancellationToken)
    {
        var failures = new List<Exception>();
        foreach (var endpoint in server.Endpoints)
        {
            try
            {
                var places = await resolver.ResolveAsync(endpoint, cancellationToken);
                var timeout = options.Value.ConnectTimeout / places.Count;
                foreach (var place in places)
                {
                    if (await TryOpenAsync(CreateSession(server with { Endpoints = [place] }, login, timeout), failures, cancellationToken) is { } opened)
                    {
                        return opened;
                    }
                }
            }
            catch (Exception exception) when (exception is AddressForbiddenException or SocketException or TimeoutException)
            {
                failures.Add(exception);
            }
        }

        throw Combine(failures);
    }

    private static async Task<AdminSession?> TryOpenAsync(AdminSession session, List<Exception> failures, CancellationToken cancellationToken)
    {
        try
        {
            await session.OpenAsync(cancellationToken);
            return session;
        }
        catch (NpgsqlException exception)
        {
            await session.DisposeAsync();
            failures.Add(exception);
            return null;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    // One failure is told as it is: callers look at its SQLSTATE.
    private static NpgsqlException Combine(List<Exception> failures) => failures switch
    {
        [NpgsqlException only] => only,
        [PostgresException first, ..] when failures.TrueForAll(failure => (failure as PostgresException)?.SqlState == first.SqlState) => first,
        _ => new NpgsqlException("No endpoint could be used.", new AggregateException(failures)),
    };

    private AdminSession CreateSession(PostgresServer server, Login login, TimeSpan timeout)
    {
        var place = server.Endpoints[0];
        var settings = ConnectionString(server, login.Database, login.Username, login.Password);
        settings.Timeout = Math.Max(1, (int)Math.Ceiling(timeout.TotalSeconds));
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        var roots = ParseRoots(server.CertificateAuthority);
        if (roots is not null)
        {
            builder.UseRootCertificates(roots);
        }

        // Npgsql is given an address; the certificate must name the host that the user wrote.
        builder.UseSslClientAuthenticationOptionsCallback(tls => tls.TargetHost = place.Host);

        // Only built-in types are read here, and a tenant's database has nothing to say in that.
        builder.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
        return new AdminSession(builder.BuildMultiHost(), place, roots, faults);
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

    private readonly record struct Login(string Database, string Username, Password Password);
}

/// <summary>The CA that a server is to be verified with holds no certificate that can be read.</summary>
internal sealed class CertificateAuthorityException(Exception? innerException)
    : Exception("The CA holds no PEM certificate that can be read.", innerException);
