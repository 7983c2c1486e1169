using Npgsql;
using Provisioning.Postgres;

namespace Provisioning.Tests.Postgres;

public sealed class RoleReleaseTests(PostgresServers servers)
{
    private readonly DatabaseProvisioner provisioner = Servers.Provisioner();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Matrix.All), MemberType = typeof(Matrix))]
    public async Task Drops_the_role_and_keeps_the_database_with_its_rows(int major, bool asSuperuser)
    {
        var tenant = await ProvisionedAsync(major, asSuperuser);
        await tenant.StartKineAsync(Token);

        var outcome = await ReleaseAsync(tenant);

        Assert.IsType<ReleaseOutcome.Released>(outcome);
        Assert.False(await RoleExistsAsync(tenant));
        Assert.Equal("/registry/one", await tenant.Server.QueryAsync<string>(tenant.Database, "SELECT name FROM kine", Token));
    }

    [Theory]
    [MemberData(nameof(Matrix.All), MemberType = typeof(Matrix))]
    public async Task Ends_the_sessions_of_the_role(int major, bool asSuperuser)
    {
        var tenant = await ProvisionedAsync(major, asSuperuser);
        await using var session = await tenant.LoginAsync(Token);

        Assert.IsType<ReleaseOutcome.Released>(await ReleaseAsync(tenant));

        await using var command = new NpgsqlCommand("SELECT 1", session);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => command.ExecuteScalarAsync(Token));
    }

    [Theory]
    [MemberData(nameof(Matrix.All), MemberType = typeof(Matrix))]
    public async Task Goes_on_where_an_earlier_release_died(int major, bool asSuperuser)
    {
        for (var done = 1; done <= 3; done++)
        {
            var tenant = await ProvisionedAsync(major, asSuperuser);
            await tenant.StartKineAsync(Token);
            var (admin, version) = (tenant.Admin, major * 10000);
            await tenant.Server.ExecuteAsync(admin, "postgres", ReleaseSql.CutAccess(tenant.Wanted.Role), Token);
            if (done > 1 && !asSuperuser)
            {
                await tenant.Server.ExecuteAsync(admin, "postgres", ProvisioningSql.JoinRole(tenant.Wanted.Role, version), Token);
            }

            if (done > 2)
            {
                var disown = string.Join("; ", ReleaseSql.Disown(tenant.Wanted.Role));
                await tenant.Server.ExecuteAsync(admin, tenant.Database, disown, Token);
            }

            Assert.IsType<ReleaseOutcome.Released>(await ReleaseAsync(tenant));
            Assert.False(await RoleExistsAsync(tenant));
            Assert.Equal("/registry/one", await tenant.Server.QueryAsync<string>(tenant.Database, "SELECT name FROM kine", Token));
        }
    }

    [Theory]
    [MemberData(nameof(Matrix.All), MemberType = typeof(Matrix))]
    public async Task Succeeds_again_when_the_role_is_gone_already(int major, bool asSuperuser)
    {
        var tenant = await ProvisionedAsync(major, asSuperuser);
        await ReleaseAsync(tenant);

        Assert.IsType<ReleaseOutcome.Released>(await ReleaseAsync(tenant));
    }

    [Theory]
    [MemberData(nameof(Matrix.All), MemberType = typeof(Matrix))]
    public async Task Drops_the_role_when_the_database_is_gone(int major, bool asSuperuser)
    {
        var tenant = await ProvisionedAsync(major, asSuperuser);
        await tenant.Server.ExecuteAsync($"DROP DATABASE {tenant.Wanted.Database.Quoted}", Token);

        Assert.IsType<ReleaseOutcome.Released>(await ReleaseAsync(tenant));
        Assert.False(await RoleExistsAsync(tenant));
    }

    [Theory]
    [MemberData(nameof(Matrix.All), MemberType = typeof(Matrix))]
    public async Task Never_touches_a_role_that_another_one_has_marked(int major, bool asSuperuser)
    {
        var tenant = await ProvisionedAsync(major, asSuperuser);

        var outcome = await provisioner.ReleaseAsync(
            tenant.AsAdmin(), tenant.Release with { Mark = new OwnerMark("somebody else's") }, Token);

        var message = Assert.IsType<ReleaseOutcome.NotOurs>(outcome).Message;
        Assert.Contains(tenant.Role, message, StringComparison.Ordinal);
        Assert.DoesNotContain(tenant.Wanted.Mark.Text, message, StringComparison.Ordinal);
        await using var session = await tenant.LoginAsync(Token);
    }

    [Theory]
    [MemberData(nameof(Matrix.All), MemberType = typeof(Matrix))]
    public async Task Cuts_access_and_names_the_other_databases_in_which_the_role_owns_things(int major, bool asSuperuser)
    {
        var (tenant, other) = (await ProvisionedAsync(major, asSuperuser), await ProvisionedAsync(major, asSuperuser));
        await tenant.Server.ExecuteAsync(
            tenant.Server.Superuser, other.Database, $"CREATE TABLE public.stray (); ALTER TABLE public.stray OWNER TO {tenant.Wanted.Role.Quoted}", Token);

        var blocked = Assert.IsType<ReleaseOutcome.Blocked>(await ReleaseAsync(tenant));

        Assert.Equal(PostgresReasons.RoleOwnsObjects, blocked.Reason);
        Assert.Contains(other.Database, blocked.Message, StringComparison.Ordinal);
        Assert.True(blocked.AccessIsCut);
        var exception = await Assert.ThrowsAsync<PostgresException>(() => tenant.LoginAsync(Token));
        Assert.Equal(SqlStates.InvalidAuthorization, exception.SqlState);
        Assert.Equal(1L, await tenant.Server.QueryAsync<long>(other.Database, "SELECT count(*) FROM pg_class WHERE relname = 'stray'", Token));

        await tenant.Server.ExecuteAsync(tenant.Server.Superuser, other.Database, "DROP TABLE public.stray", Token);
        Assert.IsType<ReleaseOutcome.Released>(await ReleaseAsync(tenant));
    }

    [Theory]
    [MemberData(nameof(Matrix.All), MemberType = typeof(Matrix))]
    public async Task Cuts_access_and_says_so_when_the_database_lets_nobody_in_to_reassign(int major, bool asSuperuser)
    {
        var tenant = await ProvisionedAsync(major, asSuperuser);
        await tenant.StartKineAsync(Token);
        await tenant.Server.ExecuteAsync($"ALTER DATABASE {tenant.Wanted.Database.Quoted} ALLOW_CONNECTIONS false", Token);

        var blocked = Assert.IsType<ReleaseOutcome.Blocked>(await ReleaseAsync(tenant));

        Assert.True(blocked.AccessIsCut);
        Assert.Contains($"database {tenant.Database}", blocked.Message, StringComparison.Ordinal);
        Assert.True(await RoleExistsAsync(tenant));
    }

    [Theory]
    [MemberData(nameof(Matrix.All), MemberType = typeof(Matrix))]
    public async Task A_role_made_again_over_a_kept_database_owns_its_tables_again(int major, bool asSuperuser)
    {
        var tenant = await ProvisionedAsync(major, asSuperuser);
        await tenant.StartKineAsync(Token);
        await ReleaseAsync(tenant);

        var outcome = await provisioner.ProvisionAsync(
            tenant.AsAdmin(), tenant.Wanted with { MayCreateDatabase = false }, Token);

        Assert.IsType<ProvisioningOutcome.Ready>(outcome);
        await tenant.StartKineAsync(Token);
        Assert.Equal(2L, await tenant.Server.QueryAsync<long>(tenant.Database, "SELECT count(*) FROM kine", Token));
    }

    [Theory]
    [MemberData(nameof(Matrix.All), MemberType = typeof(Matrix))]
    public async Task A_recreated_cluster_does_not_inherit_the_kept_database(int major, bool asSuperuser)
    {
        var tenant = await ProvisionedAsync(major, asSuperuser);
        await ReleaseAsync(tenant);

        var outcome = await provisioner.ProvisionAsync(
            tenant.AsAdmin(), tenant.Wanted with { Mark = new OwnerMark("the next uid") }, Token);

        Assert.Equal(PostgresReasons.NameConflict, Assert.IsType<ProvisioningOutcome.Refused>(outcome).Reason);
    }

    private async Task<Tenant> ProvisionedAsync(int major, bool asSuperuser)
    {
        var tenant = await NewTenantAsync(major, asSuperuser);
        var outcome = await provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token);
        Assert.IsType<ProvisioningOutcome.Ready>(outcome);
        return tenant;
    }

    private Task<ReleaseOutcome> ReleaseAsync(Tenant tenant) => provisioner.ReleaseAsync(
        tenant.AsAdmin(), tenant.Release, Token);

    private static async Task<bool> RoleExistsAsync(Tenant tenant) =>
        await tenant.Server.QueryAsync<long>($"SELECT count(*) FROM pg_roles WHERE rolname = '{tenant.Role}'", Token) > 0;

    private async Task<Tenant> NewTenantAsync(int major, bool asSuperuser) => Tenant.On(await servers.GetAsync(major), asSuperuser);
}
