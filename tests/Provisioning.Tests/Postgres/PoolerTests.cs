using Npgsql;
using Provisioning.Postgres;
using TestPostgres;

namespace Provisioning.Tests.Postgres;

/// <summary>A real PgBouncer before the server: refused where sessions are none, warned about where they are.</summary>
public sealed class PoolerTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>
{
    private readonly DatabaseProvisioner provisioner = Servers.Provisioner();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("transaction")]
    [InlineData("statement")]
    [InlineData("transaction", "server_round_robin = 1", "min_pool_size = 2")]
    public async Task Is_refused_where_sessions_share_the_servers_processes(string mode, params string[] settings)
    {
        await using var pooler = await StartAsync(mode, settings: settings);
        var tenant = Tenant.On(fixture.Server);
        var pooled = Through(pooler, tenant);

        var provisioning = await Assert.ThrowsAsync<TransactionPoolingException>(() => provisioner.ProvisionAsync(pooled, tenant.Wanted, Token));
        await Assert.ThrowsAsync<TransactionPoolingException>(
            () => provisioner.ReleaseAsync(pooled, tenant.Release, Token));

        var failure = PostgresFailure.From(provisioning)!;
        Assert.Equal((PostgresReasons.TransactionPooling, false), (failure.Reason, failure.IsTransient));
        Assert.Equal(0, await fixture.Server.QueryAsync<long>($"SELECT count(*) FROM pg_roles WHERE rolname = '{tenant.Role}'", Token));
    }

    [Fact]
    public async Task A_refusal_leaves_neither_a_lock_nor_a_setting_in_the_processes_that_others_get()
    {
        await using var pooler = await StartAsync("transaction");
        var tenant = Tenant.On(fixture.Server);
        await Assert.ThrowsAsync<TransactionPoolingException>(() => provisioner.ProvisionAsync(Through(pooler, tenant), tenant.Wanted, Token));

        // The pooler gives the next client the process that was used last.
        await using var next = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(fixture.Server.ConnectionString(fixture.Server.Admin)) { Port = pooler.Port }.ConnectionString);
        await next.OpenAsync(Token);
        await using var command = new NpgsqlCommand("SHOW search_path", next);

        Assert.Equal("\"$user\", public", await command.ExecuteScalarAsync(Token));
        Assert.Equal(0, await fixture.Server.QueryAsync<long>("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'", Token));
    }

    [Theory]
    [MemberData(nameof(Matrix.Ends), MemberType = typeof(Matrix))]
    public async Task Works_with_a_warning_where_each_session_has_a_process(int major)
    {
        await using var server = await TestPostgresServer.StartAsync(new TestPostgresOptions { Binaries = PostgresBinaries.Find(major) }, Token);
        await using var pooler = await StartAsync("session", server: server);
        var tenant = Tenant.On(server);
        var pooled = Through(pooler, tenant);

        var made = Assert.IsType<ProvisioningOutcome.Ready>(await provisioner.ProvisionAsync(pooled, tenant.Wanted, Token));
        await tenant.StartKineAsync(Token);
        var again = Assert.IsType<ProvisioningOutcome.Ready>(await provisioner.ProvisionAsync(pooled, tenant.Wanted, Token));
        var directly = Assert.IsType<ProvisioningOutcome.Ready>(await provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token));
        var changed = tenant.Wanted with { Password = PasswordGenerator.Generate() };
        var repaired = Assert.IsType<ProvisioningOutcome.Ready>(await provisioner.ProvisionAsync(pooled, changed, Token));
        var released = await provisioner.ReleaseAsync(pooled, tenant.Release, Token);

        Assert.Contains(ProvisioningWarnings.Pooled, made.Warnings);
        Assert.Empty(again.Steps);
        Assert.DoesNotContain(ProvisioningWarnings.Pooled, directly.Warnings);
        Assert.Equal([$"set the password of role {tenant.Role}"], repaired.Steps);
        Assert.IsType<ReleaseOutcome.Released>(released);
        Assert.Equal(0, await server.QueryAsync<long>("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'", Token));
    }

    [Fact]
    public async Task A_pooler_that_does_not_know_the_role_is_told_to_ask_the_server()
    {
        await using var pooler = await StartAsync("session", asksForRoles: false);
        var tenant = Tenant.On(fixture.Server);

        var outcome = await provisioner.ProvisionAsync(Through(pooler, tenant), tenant.Wanted, Token);

        var refused = Assert.IsType<ProvisioningOutcome.Refused>(outcome);
        Assert.Equal(PostgresReasons.RoleLoginRefused, refused.Reason);
        Assert.Contains("pooler", refused.Message, StringComparison.Ordinal);
    }

    private static PostgresServer Through(TestPgBouncer pooler, Tenant tenant) =>
        tenant.AsAdmin() with { Endpoints = [new PostgresEndpoint(TestPostgresServer.Host, pooler.Port)] };

    private Task<TestPgBouncer> StartAsync(string mode, bool asksForRoles = true, TestPostgresServer? server = null, params string[] settings)
    {
        Proxies.Require("pgbouncer");
        return TestPgBouncer.StartAsync(server ?? fixture.Server, mode, asksForRoles, settings, Token);
    }
}
