using Npgsql;
using Provisioning.Postgres;

namespace Provisioning.Tests.Postgres;

/// <summary>Two roles that take turns in logging in: the password changes, and nobody is locked out.</summary>
public sealed class RotationTests(PostgresServers servers)
{
    private readonly DatabaseProvisioner provisioner = Servers.Provisioner();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Matrix.All), MemberType = typeof(Matrix))]
    public async Task Both_passwords_work_and_everything_belongs_to_the_first_role(int major, bool asSuperuser)
    {
        var former = await ProvisionedAsync(major, asSuperuser);
        var tenant = Rotated(former);

        var ready = await ReadyAsync(tenant);

        Assert.Equal(new FormerLogin(former.Wanted.Role, 0), ready.Former);
        Assert.Empty((await ReadyAsync(tenant)).Steps);
        await former.StartKineAsync(Token);
        await tenant.StartKineAsync(Token);
        await tenant.ExecuteAsync("CREATE TABLE made_now (); INSERT INTO kine (name) VALUES ('x')", Token);
        Assert.Equal(former.Role, await OwnerAsync(tenant, "made_now"));
        Assert.Equal(former.Role, await OwnerAsync(tenant, "kine"));
        Assert.Equal(4L, await tenant.Server.QueryAsync<long>(tenant.Database, "SELECT count(*) FROM kine", Token));
    }

    [Theory]
    [MemberData(nameof(Matrix.All), MemberType = typeof(Matrix))]
    public async Task The_former_password_goes_only_when_nobody_has_a_session_and_stays_gone(int major, bool asSuperuser)
    {
        var former = await ProvisionedAsync(major, asSuperuser);
        var tenant = Rotated(former);
        await ReadyAsync(tenant);
        tenant = tenant with { Wanted = tenant.Wanted with { RetiresFormer = true } };
        await using (await former.LoginAsync(Token))
        {
            var used = await ReadyAsync(tenant);

            Assert.Equal(new FormerLogin(former.Wanted.Role, 1), used.Former);
            Assert.Empty(used.Steps);
            await former.StartKineAsync(Token);
        }

        await NoSessionAsync(former);
        var retired = await ReadyAsync(tenant);

        Assert.Equal([$"took login and password from role {former.Role}"], retired.Steps);
        Assert.Null(retired.Former);
        await AssertLockedOutAsync(former);
        await tenant.StartKineAsync(Token);
        Assert.Equal(former.Role, await OwnerAsync(tenant, "kine"));
        Assert.Empty((await ReadyAsync(tenant)).Steps);
        Assert.Empty((await ReadyAsync(tenant with { Wanted = tenant.Wanted with { RetiresFormer = false, ConnectionLimit = 7 } })).Steps);
        await AssertLockedOutAsync(former);
        Assert.True(await tenant.Server.QueryAsync<bool>($"SELECT rolpassword IS NULL FROM pg_authid WHERE rolname = '{former.Role}'", Token));
    }

    [Theory]
    [MemberData(nameof(Matrix.All), MemberType = typeof(Matrix))]
    public async Task Rotates_back_to_the_first_role_and_retires_the_second(int major, bool asSuperuser)
    {
        var first = await ProvisionedAsync(major, asSuperuser);
        var second = Rotated(first);
        await ReadyAsync(second);
        await ReadyAsync(second with { Wanted = second.Wanted with { RetiresFormer = true } });
        var third = Rotated(second);

        var ready = await ReadyAsync(third);
        await second.StartKineAsync(Token);
        await third.StartKineAsync(Token);
        await NoSessionAsync(second);
        var retired = await ReadyAsync(third with { Wanted = third.Wanted with { RetiresFormer = true } });

        Assert.Equal(second.Wanted.LoginRole, ready.Former?.Role);
        Assert.Equal([$"took login and password from role {second.Wanted.LoginRole}"], retired.Steps);
        await AssertLockedOutAsync(second);
        await AssertLockedOutAsync(first);
        await third.StartKineAsync(Token);
        Assert.Empty((await ReadyAsync(third)).Steps);
    }

    [Theory]
    [MemberData(nameof(Matrix.All), MemberType = typeof(Matrix))]
    public async Task A_process_that_dies_before_any_effect_locks_nobody_out_and_the_next_one_converges(int major, bool asSuperuser)
    {
        var points = 0;
        var counted = await ProvisionedAsync(major, asSuperuser);
        Assert.IsType<ProvisioningOutcome.Ready>(await Servers.Provisioner(faultPoint: _ => points++).ProvisionAsync(counted.AsAdmin(), Rotated(counted).Wanted, Token));
        Assert.InRange(points, 4, 25);
        for (var fatal = 1; fatal <= points; fatal++)
        {
            var former = await ProvisionedAsync(major, asSuperuser);
            var tenant = Rotated(former);
            var passed = 0;
            var dying = Servers.Provisioner(faultPoint: _ => DeadException.ThrowIf(++passed == fatal));

            await Assert.ThrowsAsync<DeadException>(() => dying.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token));
            await former.StartKineAsync(Token);
            await ReadyAsync(tenant);
            await tenant.StartKineAsync(Token);

            var retiring = tenant with { Wanted = tenant.Wanted with { RetiresFormer = true } };
            await NoSessionAsync(former);
            dying = Servers.Provisioner(faultPoint: effect => DeadException.ThrowIf(effect.EndsWith("NOLOGIN PASSWORD NULL", StringComparison.Ordinal)));
            await Assert.ThrowsAsync<DeadException>(() => dying.ProvisionAsync(retiring.AsAdmin(), retiring.Wanted, Token));
            Assert.Null((await ReadyAsync(retiring)).Former);
            await AssertLockedOutAsync(former);
            await tenant.StartKineAsync(Token);
        }
    }

    [Theory]
    [MemberData(nameof(Matrix.All), MemberType = typeof(Matrix))]
    public async Task A_strangers_role_of_that_name_is_not_touched(int major, bool asSuperuser)
    {
        var former = await ProvisionedAsync(major, asSuperuser);
        await former.Server.ExecuteAsync($"CREATE ROLE {former.Wanted.SecondRole!.Value.Quoted}", Token);

        var undisturbed = await ReadyAsync(former);
        var refused = await provisioner.ProvisionAsync(former.AsAdmin(), Rotated(former).Wanted, Token);
        var released = await provisioner.ReleaseAsync(former.AsAdmin(), former.Release, Token);

        Assert.True(undisturbed is { Steps: [], Former: null });
        var conflict = Assert.IsType<ProvisioningOutcome.Refused>(refused);
        Assert.Equal(PostgresReasons.NameConflict, conflict.Reason);
        Assert.Contains($"COMMENT ON ROLE {former.Wanted.SecondRole!.Value.Quoted}", conflict.Message, StringComparison.Ordinal);
        Assert.IsType<ReleaseOutcome.Released>(released);
        Assert.Equal(1L, await CountRolesAsync(former, former.Wanted.SecondRole!.Value));
    }

    [Theory]
    [MemberData(nameof(Matrix.All), MemberType = typeof(Matrix))]
    public async Task A_deletion_in_the_middle_ends_both_and_keeps_the_rows(int major, bool asSuperuser)
    {
        var former = await ProvisionedAsync(major, asSuperuser);
        var tenant = Rotated(former);
        await ReadyAsync(tenant);
        await tenant.StartKineAsync(Token);
        await using var one = await former.LoginAsync(Token);
        await using var other = await tenant.LoginAsync(Token);

        Assert.IsType<ReleaseOutcome.Released>(await provisioner.ReleaseAsync(tenant.AsAdmin(), tenant.Release, Token));

        foreach (var session in new[] { one, other })
        {
            await using var command = new NpgsqlCommand("SELECT 1", session);
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => command.ExecuteScalarAsync(Token));
        }

        Assert.Equal(0L, await CountRolesAsync(tenant, tenant.Wanted.Role) + await CountRolesAsync(tenant, tenant.Wanted.SecondRole!.Value));
        Assert.Equal(2L, await tenant.Server.QueryAsync<long>(tenant.Database, "SELECT count(*) FROM kine", Token));
    }

    [Theory]
    [MemberData(nameof(Matrix.All), MemberType = typeof(Matrix))]
    public async Task A_deletion_that_one_role_holds_up_has_cut_the_access_of_both(int major, bool asSuperuser)
    {
        var former = await ProvisionedAsync(major, asSuperuser);
        var tenant = Rotated(former);
        await ReadyAsync(tenant);
        var elsewhere = await ProvisionedAsync(major, asSuperuser);
        await tenant.Server.ExecuteAsync(
            tenant.Server.Superuser, elsewhere.Database, $"CREATE TABLE public.stray (); ALTER TABLE public.stray OWNER TO {tenant.Wanted.LoginRole.Quoted}", Token);

        var blocked = Assert.IsType<ReleaseOutcome.Blocked>(await provisioner.ReleaseAsync(tenant.AsAdmin(), tenant.Release, Token));

        Assert.Equal(PostgresReasons.RoleOwnsObjects, blocked.Reason);
        Assert.True(blocked.AccessIsCut);
        await AssertLockedOutAsync(former);
        await AssertLockedOutAsync(tenant);
    }

    private async Task<Tenant> ProvisionedAsync(int major, bool asSuperuser)
    {
        var tenant = Tenant.On(await servers.GetAsync(major), asSuperuser);
        await ReadyAsync(tenant);
        await tenant.StartKineAsync(Token);
        return tenant;
    }

    /// <summary>The same with the next password, on the other role.</summary>
    private static Tenant Rotated(Tenant tenant) => tenant with
    {
        Wanted = tenant.Wanted with { SecondLogsIn = !tenant.Wanted.SecondLogsIn, Password = PasswordGenerator.Generate(), MayCreateDatabase = false },
    };

    private async Task<ProvisioningOutcome.Ready> ReadyAsync(Tenant tenant) =>
        Assert.IsType<ProvisioningOutcome.Ready>(await provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token));

    private static async Task AssertLockedOutAsync(Tenant tenant)
    {
        var exception = await Assert.ThrowsAsync<PostgresException>(() => tenant.LoginAsync(Token));
        Assert.Contains(exception.SqlState, (string[])[SqlStates.InvalidAuthorization, SqlStates.InvalidPassword]);
    }

    /// <summary>The server notices the end of a session a moment after its client.</summary>
    private static async Task NoSessionAsync(Tenant tenant)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
        deadline.CancelAfter(TimeSpan.FromSeconds(30));
        while (await tenant.Server.QueryAsync<long>($"SELECT count(*) FROM pg_stat_activity WHERE usename = '{tenant.Wanted.LoginRole}'", deadline.Token) > 0)
        {
            deadline.Token.ThrowIfCancellationRequested();
        }
    }

    private static Task<string?> OwnerAsync(Tenant tenant, string table) =>
        tenant.Server.QueryAsync<string>(tenant.Database, $"SELECT pg_get_userbyid(relowner)::text FROM pg_class WHERE oid = 'public.{table}'::regclass", Token);

    private static Task<long> CountRolesAsync(Tenant tenant, PostgresIdentifier role) =>
        tenant.Server.QueryAsync<long>($"SELECT count(*) FROM pg_roles WHERE rolname = '{role}'", Token);

    private sealed class DeadException : Exception
    {
        public static void ThrowIf(bool now)
        {
            if (now)
            {
                throw new DeadException();
            }
        }
    }
}
