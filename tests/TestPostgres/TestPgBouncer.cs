namespace TestPostgres;

/// <summary>A real PgBouncer in front of a server, as an operator would set one up: TLS on both sides, SCRAM, any database, and roles that it asks
/// the server about.</summary>
public sealed class TestPgBouncer : IAsyncDisposable
{
    private readonly ProxyProcess process = new();

    private TestPgBouncer(int port) => Port = port;

    /// <summary>The port that clients connect to, on <see cref="TestPostgresServer.Host"/>.</summary>
    public int Port { get; }

    /// <summary>Starts one.</summary>
    /// <param name="server">Where it leads.</param>
    /// <param name="mode"><c>session</c>, <c>transaction</c> or <c>statement</c>.</param>
    /// <param name="asksForRoles">Asks the server about roles that it does not know; else it knows the two administrators only.</param>
    /// <param name="settings">More lines for its section <c>[pgbouncer]</c>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<TestPgBouncer> StartAsync(
        TestPostgresServer server, string mode, bool asksForRoles, IReadOnlyList<string> settings, CancellationToken cancellationToken)
    {
        var program = InstalledProgram.Require("pgbouncer");
        var bouncer = new TestPgBouncer(TestPostgresServer.FreePort());
        try
        {
            await WriteConfigurationAsync(bouncer.process, server, [$"listen_port = {bouncer.Port}", $"pool_mode = {mode}", .. settings], asksForRoles, cancellationToken);
            await bouncer.process.StartAsync([program, bouncer.process.PathOf("pgbouncer.ini")], bouncer.Port, cancellationToken);
            return bouncer;
        }
        catch
        {
            await bouncer.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => process.DisposeAsync();

    private static async Task WriteConfigurationAsync(
        ProxyProcess process, TestPostgresServer server, IReadOnlyList<string> settings, bool asksForRoles, CancellationToken cancellationToken)
    {
        var (certificate, key) = server.CertificateAuthority.Issue([TestPostgresServer.Host, "localhost"]);
        await process.WriteAsync("tls.crt", certificate, cancellationToken);
        await process.WriteAsync("tls.key", key, cancellationToken);
        await process.WriteAsync("ca.crt", server.CertificateAuthority.CertificatePem, cancellationToken);
        var known = new[] { server.Superuser, server.Admin }.Select(role => $"\"{role.Name}\" \"{role.Password}\"\n");
        await process.WriteAsync("userlist.txt", string.Concat(known), cancellationToken);
        string[] lines =
        [
            "[databases]",
            $"* = host={TestPostgresServer.Host} port={server.Port}{(asksForRoles ? $" auth_user={server.Superuser.Name}" : "")}",
            "[pgbouncer]",
            $"listen_addr = {TestPostgresServer.Host}",
            "unix_socket_dir =",
            "auth_type = scram-sha-256",
            $"auth_file = {process.PathOf("userlist.txt")}",
            "client_tls_sslmode = require",
            $"client_tls_cert_file = {process.PathOf("tls.crt")}",
            $"client_tls_key_file = {process.PathOf("tls.key")}",
            "server_tls_sslmode = verify-full",
            $"server_tls_ca_file = {process.PathOf("ca.crt")}",
            .. settings,
        ];
        await process.WriteAsync("pgbouncer.ini", string.Join('\n', lines) + '\n', cancellationToken);
    }
}
