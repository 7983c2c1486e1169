using Npgsql;
using TestPostgres;

namespace Provisioning.Tests.Postgres;

public sealed class TestPostgresServerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Takes_the_admin_over_verified_TLS_and_leaves_nothing_behind()
    {
        string folder;
        await using (var server = await TestPostgresServer.StartAsync(Token))
        {
            folder = Path.GetDirectoryName(server.CertificateAuthorityFile)!;
            await using var connection = await server.OpenAsync(server.Admin, "postgres", Token);
            await using var command = new NpgsqlCommand(
                "SELECT (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()) AND NOT rolsuper AND rolcreatedb AND rolcreaterole FROM pg_roles WHERE rolname = current_user",
                connection);

            Assert.Equal(true, await command.ExecuteScalarAsync(Token));
            Assert.Equal(server.Major, connection.PostgreSqlVersion.Major);
        }

        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public async Task Refuses_a_connection_without_TLS()
    {
        await using var server = await TestPostgresServer.StartAsync(Token);
        var plain = new NpgsqlConnectionStringBuilder(server.ConnectionString(server.Admin)) { SslMode = SslMode.Disable };
        await using var connection = new NpgsqlConnection(plain.ConnectionString);

        var exception = await Assert.ThrowsAsync<PostgresException>(() => connection.OpenAsync(Token));

        Assert.Equal("28000", exception.SqlState);
    }

    [Fact]
    public async Task Keeps_its_port_and_data_over_a_stop_and_a_crash()
    {
        await using var server = await TestPostgresServer.StartAsync(Token);
        await server.ExecuteAsync("CREATE TABLE kept (id int)", Token);

        await server.RestartAsync();
        await server.KillAsync();
        await server.StartAgainAsync();

        Assert.Equal(0L, await server.QueryAsync<long>("SELECT count(*) FROM kept", Token));
    }
}
