using System.Text;
using System.Text.Json.Nodes;
using Npgsql;
using Provisioning.Postgres;
using Provisioning.Resources;
using Provisioning.Tests.Postgres;
using TestPostgres;

namespace Provisioning.Tests.ClusterDataSources;

/// <summary>The controller against real servers: what the servers in memory promise must be true.</summary>
public sealed class RealServerTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>
{
    private const string KineStarts =
        "CREATE TABLE IF NOT EXISTS kine (id bigserial PRIMARY KEY, name text); INSERT INTO kine (name) VALUES ('/registry/one')";

    private readonly World world = new(Servers.Provisioner());

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_cluster_lives_from_creation_to_deletion()
    {
        // Names depend on the schema alone, and this class shares a server.
        var schema = Use(fixture.Server, "alpha");
        await world.ReconcileAsync();
        Assert.True(world.Status is { Ready: true, Error: null }, world.Status.ToString());

        await RunAsync(world.Status.KineDataSourceSecret!, KineStarts);
        await world.ReconcileAsync();
        Assert.True(world.Status is { Ready: true, Error: null }, world.Status.ToString());
        var dsn = KineDsn.Parse(world.Dsn("berlin-kine"))!;

        world.DeleteClusterDataSource();
        await world.ReconcileAsync();

        Assert.Null(world.Kubernetes.Find<ClusterDataSource>(World.Tenant, World.Cluster));
        Assert.Equal(0, await fixture.Server.QueryAsync<long>($"SELECT count(*) FROM pg_roles WHERE rolname = '{dsn.Role}'", Token));
        Assert.Equal(1, await fixture.Server.QueryAsync<long>(schema, "SELECT count(*) FROM kine", Token));
    }

    [Fact]
    public async Task A_lost_Secret_ends_in_a_new_password_that_logs_in()
    {
        Use(fixture.Server, "beta");
        await world.ReconcileAsync();
        await RunAsync("berlin-kine", KineStarts);
        world.DeleteSecret("berlin-kine");

        await world.ReconcileAsync();

        Assert.StartsWith("berlin-kine-", world.Status.KineDataSourceSecret, StringComparison.Ordinal);
        await RunAsync(world.Status.KineDataSourceSecret!, KineStarts);
    }

    [Fact]
    public async Task A_cluster_follows_to_a_physical_copy_and_keeps_its_rows()
    {
        await using var first = await TestPostgresServer.StartAsync(Token);
        Use(first, "gamma");
        await world.ReconcileAsync();
        await RunAsync("berlin-kine", KineStarts);
        await using var copy = await TestPostgresServer.StartAsync(new TestPostgresOptions { Primary = first }, Token);
        await copy.PromoteAsync(Token);
        await first.KillAsync();

        world.PutDataSource("restored", TestPostgresServer.Host, port: copy.Port);
        world.PointTo("restored");
        await world.ReconcileAsync();

        Assert.True(world.Status is { Ready: true, Error: null, ObservedGeneration: 2 }, world.Status.ToString());
        Assert.Contains($":{copy.Port}/", world.Dsn(world.Status.KineDataSourceSecret!), StringComparison.Ordinal);
        Assert.Equal(2L, await QueryAsync(world.Status.KineDataSourceSecret!, $"{KineStarts}; SELECT count(*) FROM kine"));
    }

    [Fact]
    public async Task A_cluster_waits_for_its_database_on_a_new_server_and_goes_on_when_it_was_restored()
    {
        await using var other = await TestPostgresServer.StartAsync(new TestPostgresOptions { CertificateAuthority = fixture.Server.CertificateAuthority }, Token);
        var schema = Use(fixture.Server, "delta");
        await world.ReconcileAsync();
        var mark = await fixture.Server.QueryAsync<string>(
            $"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{schema}'", Token);
        PutCredentials(other);
        world.PutDataSource("restored", TestPostgresServer.Host, port: other.Port);
        world.PointTo("restored");

        await world.ReconcileAsync();
        Assert.StartsWith("DatabaseMissing: ", world.Status.Error, StringComparison.Ordinal);
        Assert.Equal("berlin-kine", world.Status.KineDataSourceSecret);

        // As pg_dump -C and a database administrator would leave it: rows that belong to nobody of ours, and the mark set.
        await other.ExecuteAsync(other.Admin, "postgres", $"CREATE DATABASE {schema} TEMPLATE template0", Token);
        await other.ExecuteAsync(other.Admin, schema, KineStarts, Token);
        await other.ExecuteAsync(other.Admin, "postgres", $"COMMENT ON DATABASE {schema} IS '{mark}'", Token);
        await world.ReconcileAsync();

        Assert.True(world.Status is { Ready: true, Error: null }, world.Status.ToString());
        Assert.Equal(2L, await QueryAsync(world.Status.KineDataSourceSecret!, $"{KineStarts}; SELECT count(*) FROM kine"));
    }

    [Fact]
    public async Task A_wrong_admin_password_is_shown_and_a_deletion_waits_for_the_right_one()
    {
        Use(fixture.Server, "epsilon");
        await world.ReconcileAsync();
        world.Kubernetes.Put(World.Credentials("wrong", fixture.Server.Admin.Name));
        world.DeleteClusterDataSource();

        await world.ReconcileAsync();
        Assert.StartsWith("AuthenticationFailed: ", world.Status.Error, StringComparison.Ordinal);

        PutCredentials(fixture.Server);
        await world.ReconcileAsync();
        Assert.Null(world.Kubernetes.Find<ClusterDataSource>(World.Tenant, World.Cluster));
    }

    [Fact]
    public async Task A_server_that_is_away_leaves_ready_as_it_was()
    {
        await using var server = await TestPostgresServer.StartAsync(Token);
        Use(server, "zeta");
        await world.ReconcileAsync();
        await server.StopAsync();

        await world.ReconcileAsync();
        Assert.StartsWith("ServerUnreachable: ", world.Status.Error, StringComparison.Ordinal);
        Assert.True(world.Status.Ready);

        await server.StartAgainAsync();
        await world.ReconcileAsync();
        Assert.True(world.Status is { Ready: true, Error: null });
    }

    private string Use(TestPostgresServer server, string suffix)
    {
        PutCredentials(server);
        world.Kubernetes.Edit<Secret>(World.Tenant, "db-ca", new JsonObject
        {
            ["data"] = new JsonObject { ["root.pem"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(server.CertificateAuthority.CertificatePem)) },
        });
        world.PutDataSource("main", TestPostgresServer.Host, port: server.Port);
        world.PutClusterDataSource();
        var schema = $"tenant_berlin_{suffix}";
        world.Kubernetes.Edit<ClusterDataSource>(
            World.Tenant, World.Cluster, new JsonObject { ["spec"] = new JsonObject { ["schema"] = schema }, ["metadata"] = new JsonObject { ["generation"] = 0L } });
        return schema;
    }

    private void PutCredentials(TestPostgresServer server) => world.Kubernetes.Put(World.Credentials(server.Admin.Password, server.Admin.Name));

    private async Task RunAsync(string secret, string sql) => await QueryAsync(secret, sql);

    /// <summary>As kine would: with the DSN and the CA out of the Secrets that the status names.</summary>
    private async Task<object?> QueryAsync(string secret, string sql)
    {
        var dsn = KineDsn.Parse(world.Dsn(secret))!;
        var authority = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(authority, world.Secret(world.Status.CaSecret!)!.Data!["root.pem"], Token);
            var connectionString = new NpgsqlConnectionStringBuilder
            {
                Host = dsn.Endpoints[0].Host,
                Port = dsn.Endpoints[0].Port,
                Username = dsn.Role.Value,
                Password = dsn.Password.Reveal(),
                Database = dsn.Database.Value,
                SslMode = SslMode.VerifyFull,
                RootCertificate = authority,
                Pooling = false,
            }.ConnectionString;
            await using var connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync(Token);
            await using var command = new NpgsqlCommand(sql, connection);
            return await command.ExecuteScalarAsync(Token);
        }
        finally
        {
            File.Delete(authority);
        }
    }
}
