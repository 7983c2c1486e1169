using Npgsql;
using Provisioning.Postgres;
using TestPostgres;

namespace Provisioning.Tests.Postgres;

public sealed class RoleReleaseTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private readonly DatabaseProvisioner provisioner = Servers.Provisioner();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private TestPostgresServer Server => postgres.Server;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Drops_the_role_and_keeps_the_database_with_its_rows(bool asSuperuser)
    {
        var tenant = await ProvisionedAsync(asSuperuser);
        await tenant.StartKineAsync(Token);

        var outcome = await ReleaseAsync(tenant, asSuperuser);

        Assert.IsType<ReleaseOutcome.Released>(outcome);
        Assert.False(await RoleExistsAsync(tenant));
        Assert.Equal("/registry/one", await Server.QueryAsync<string>(tenant.Database, "SELECT name FROM kine", Token));
    }

    [Fact]
    public async Task Ends_the_sessions_of_the_role()
    {
        var tenant = await ProvisionedAsync();
        await using var session = await tenant.LoginAsync(Token);

        Assert.IsType<ReleaseOutcome.Released>(await ReleaseAsync(tenant));

        await using var command = new NpgsqlCommand("SELECT 1", session);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => command.ExecuteScalarAsync(Token));
    }

    [Fact]
    public async Task Succeeds_again_when_the_role_is_gone_already()
    {
        var tenant = await ProvisionedAsync();
        await ReleaseAsync(tenant);

        Assert.IsType<ReleaseOutcome.Released>(await ReleaseAsync(tenant));
    }

    [Fact]
    public async Task Drops_the_role_when_the_database_is_gone()
    {
        var tenant = await ProvisionedAsync();
        await Server.ExecuteAsync($"DROP DATABASE {tenant.Wanted.Database.Quoted}", Token);

        Assert.IsType<ReleaseOutcome.Released>(await ReleaseAsync(tenant));
        Assert.False(await RoleExistsAsync(tenant));
    }

    [Fact]
    public async Task Never_touches_a_role_that_another_one_has_marked()
    {
        var tenant = await ProvisionedAsync();

        var outcome = await provisioner.ReleaseAsync(
            tenant.AsAdmin(), tenant.Wanted.Database, tenant.Wanted.Role, new OwnerMark("somebody else's"), Token);

        Assert.IsType<ReleaseOutcome.Released>(outcome);
        await using var session = await tenant.LoginAsync(Token);
    }

    [Fact]
    public async Task Cuts_access_and_names_the_other_databases_in_which_the_role_owns_things()
    {
        var (tenant, other) = (await ProvisionedAsync(), await ProvisionedAsync());
        await Server.ExecuteAsync(
            Server.Superuser, other.Database, $"CREATE TABLE public.stray (); ALTER TABLE public.stray OWNER TO {tenant.Wanted.Role.Quoted}", Token);

        var blocked = Assert.IsType<ReleaseOutcome.Blocked>(await ReleaseAsync(tenant));

        Assert.Equal(PostgresReasons.RoleOwnsObjects, blocked.Reason);
        Assert.Contains(other.Database, blocked.Message, StringComparison.Ordinal);
        Assert.True(blocked.AccessIsCut);
        var exception = await Assert.ThrowsAsync<PostgresException>(() => tenant.LoginAsync(Token));
        Assert.Equal(SqlStates.InvalidAuthorization, exception.SqlState);
        Assert.Equal(1L, await Server.QueryAsync<long>(other.Database, "SELECT count(*) FROM pg_class WHERE relname = 'stray'", Token));

        await Server.ExecuteAsync(Server.Superuser, other.Database, "DROP TABLE public.stray", Token);
        Assert.IsType<ReleaseOutcome.Released>(await ReleaseAsync(tenant));
    }

    [Fact]
    public async Task A_role_made_again_over_a_kept_database_owns_its_tables_again()
    {
        var tenant = await ProvisionedAsync();
        await tenant.StartKineAsync(Token);
        await ReleaseAsync(tenant);

        var outcome = await provisioner.ProvisionAsync(
            tenant.AsAdmin(), tenant.Wanted with { MayCreateDatabase = false }, Token);

        Assert.IsType<ProvisioningOutcome.Ready>(outcome);
        await tenant.StartKineAsync(Token);
        Assert.Equal(2L, await Server.QueryAsync<long>(tenant.Database, "SELECT count(*) FROM kine", Token));
    }

    [Fact]
    public async Task A_recreated_cluster_does_not_inherit_the_kept_database()
    {
        var tenant = await ProvisionedAsync();
        await ReleaseAsync(tenant);

        var outcome = await provisioner.ProvisionAsync(
            tenant.AsAdmin(), tenant.Wanted with { Mark = new OwnerMark("the next uid") }, Token);

        Assert.Equal(PostgresReasons.NameConflict, Assert.IsType<ProvisioningOutcome.Refused>(outcome).Reason);
    }

    private async Task<Tenant> ProvisionedAsync(bool asSuperuser = false)
    {
        var tenant = Tenant.On(Server);
        var outcome = await provisioner.ProvisionAsync(tenant.As(asSuperuser ? Server.Superuser : Server.Admin), tenant.Wanted, Token);
        Assert.IsType<ProvisioningOutcome.Ready>(outcome);
        return tenant;
    }

    private Task<ReleaseOutcome> ReleaseAsync(Tenant tenant, bool asSuperuser = false) => provisioner.ReleaseAsync(
        tenant.As(asSuperuser ? Server.Superuser : Server.Admin), tenant.Wanted.Database, tenant.Wanted.Role, tenant.Wanted.Mark, Token);

    private async Task<bool> RoleExistsAsync(Tenant tenant) =>
        await Server.QueryAsync<long>($"SELECT count(*) FROM pg_roles WHERE rolname = '{tenant.Role}'", Token) > 0;
}
