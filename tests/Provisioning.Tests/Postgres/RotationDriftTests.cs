using Provisioning.Postgres;
using TestPostgres;

namespace Provisioning.Tests.Postgres;

/// <summary>What is changed by hand, lost with a server, or older than the Secrets, while the second role is the one that logs in.</summary>
public sealed class RotationDriftTests(PostgresServers servers)
{
    private readonly DatabaseProvisioner provisioner = Servers.Provisioner();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static IEnumerable<TheoryDataRow<int, bool, string, string>> ByHand => Matrix.With(
        ("ALTER ROLE {second} NOLOGIN", "set attributes of role kine2_"),
        ("ALTER ROLE {second} CREATEDB CONNECTION LIMIT 3", "set attributes of role kine2_"),
        ("ALTER ROLE {second} PASSWORD NULL", "set the password of role kine2_"),
        ("COMMENT ON ROLE {second} IS NULL", "marked role kine2_"),
        ("COMMENT ON ROLE {role} IS NULL", "marked role kine_"),
        ("REVOKE {role} FROM {second} GRANTED BY {admin}", "made role kine2_"),
        ("ALTER ROLE {second} RESET role", "made role kine2_"),
        ("DROP OWNED BY {second}; DROP ROLE {second}", "created role kine2_"),
        ("ALTER ROLE {role} CREATEDB", "set attributes of role kine_"),
        ("REVOKE CONNECT ON DATABASE {database} FROM {role}", "granted database"));

    public static IEnumerable<TheoryDataRow<int, bool, string, string>> LeftAlone => Matrix.With(
        ("ALTER ROLE {role} NOLOGIN", ""),
        ("ALTER ROLE {role} NOLOGIN CONNECTION LIMIT 0 PASSWORD NULL", ""),
        ("ALTER ROLE {role} VALID UNTIL '2001-01-01'", ""));

    [Theory]
    [MemberData(nameof(ByHand))]
    public async Task Undoes_a_change_by_hand(int major, bool asSuperuser, string sql, string step)
    {
        var tenant = await RotatedAsync(major, asSuperuser);

        await tenant.Server.ExecuteAsync(Fill(sql, tenant), Token);

        await AssertMendedAsync(tenant, step);
    }

    [Theory]
    [MemberData(nameof(LeftAlone))]
    public async Task Gives_the_former_role_no_login_back(int major, bool asSuperuser, string sql, string nothing)
    {
        var tenant = await RotatedAsync(major, asSuperuser);

        await tenant.Server.ExecuteAsync(Fill(sql, tenant), Token);

        Assert.Equal(nothing, string.Concat((await ReadyAsync(tenant)).Steps));
        await tenant.StartKineAsync(Token);
    }

    [Theory]
    [MemberData(nameof(Matrix.All), MemberType = typeof(Matrix))]
    public async Task Gives_the_first_role_what_the_second_made_in_its_own_name(int major, bool asSuperuser)
    {
        var tenant = await RotatedAsync(major, asSuperuser);

        // As behind a pooler that resets its sessions.
        await tenant.ExecuteAsync("SET SESSION AUTHORIZATION DEFAULT; SET ROLE NONE; CREATE TABLE stray ()", Token);

        await AssertMendedAsync(tenant, "gave public.stray");
        Assert.Equal(tenant.Role, await tenant.Server.QueryAsync<string>(
            tenant.Database, "SELECT pg_get_userbyid(relowner)::text FROM pg_class WHERE relname = 'stray'", Token));
    }

    [Theory]
    [MemberData(nameof(Matrix.All), MemberType = typeof(Matrix))]
    public async Task Makes_both_roles_again_where_a_restore_brought_none(int major, bool asSuperuser)
    {
        var tenant = await RotatedAsync(major, asSuperuser);
        var (role, second) = (tenant.Wanted.Role.Quoted, tenant.Wanted.LoginRole.Quoted);
        await tenant.Server.ExecuteAsync(
            tenant.Server.Superuser, tenant.Database, $"REASSIGN OWNED BY {role} TO {tenant.Admin.Name}; DROP OWNED BY {role}, {second}; DROP ROLE {second}, {role}", Token);

        await AssertMendedAsync(tenant, "created role kine_");
        Assert.Null((await ReadyAsync(tenant)).Former);
        Assert.False(await tenant.Server.QueryAsync<bool>($"SELECT rolcanlogin FROM pg_roles WHERE rolname = '{tenant.Role}'", Token));
        Assert.Equal(3L, await tenant.Server.QueryAsync<long>(tenant.Database, "SELECT count(*) FROM kine", Token));
    }

    [Theory]
    [MemberData(nameof(Matrix.All), MemberType = typeof(Matrix))]
    public async Task A_server_from_before_the_rotation_gets_the_second_role(int major, bool asSuperuser)
    {
        var tenant = await RotatedAsync(major, asSuperuser);
        var former = Other(tenant);
        await tenant.Server.ExecuteAsync(Fill("DROP OWNED BY {second}; DROP ROLE {second}", tenant), Token);
        await tenant.Server.ExecuteAsync($"ALTER ROLE {tenant.Wanted.Role.Quoted} PASSWORD '{former.Wanted.Password.Reveal()}'", Token);

        Assert.Equal(tenant.Wanted.Role, (await ReadyAsync(tenant)).Former?.Role);
        await former.StartKineAsync(Token);
        await tenant.StartKineAsync(Token);
    }

    [Theory]
    [MemberData(nameof(Matrix.All), MemberType = typeof(Matrix))]
    public async Task A_backup_with_new_uids_renews_all_three_marks_whichever_role_logs_in(int major, bool asSuperuser)
    {
        var second = await RotatedAsync(major, asSuperuser);
        await AssertRenewsAsync(second);
        await AssertRenewsAsync(await ReadyTenantAsync(Other(second)));
    }

    [Theory]
    [MemberData(nameof(Matrix.Each), MemberType = typeof(Matrix))]
    public async Task Another_admin_is_told_the_statements_for_both_roles(int major)
    {
        var tenant = await RotatedAsync(major, asSuperuser: false);
        var other = TestRole.WithRandomPassword($"restorer{Guid.NewGuid():N}"[..16]);
        await tenant.Server.ExecuteAsync($"CREATE ROLE {other.Name} LOGIN CREATEDB CREATEROLE PASSWORD '{other.Password}'", Token);
        tenant = tenant with { Admin = other };

        var refused = Assert.IsType<ProvisioningOutcome.Refused>(await provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token));
        var statements = refused.Message[(refused.Message.IndexOf("grants it by ", StringComparison.Ordinal) + "grants it by ".Length)..].Split("; ");
        foreach (var statement in statements)
        {
            await tenant.Server.ExecuteAsync(statement, Token);
        }

        Assert.Equal(major >= 16 ? 3 : 1, statements.Length);
        await AssertMendedAsync(Other(tenant), "set the password");
        Assert.IsType<ReleaseOutcome.Released>(await provisioner.ReleaseAsync(tenant.AsAdmin(), tenant.Release, Token));
    }

    private async Task AssertRenewsAsync(Tenant tenant)
    {
        var restored = tenant with { Wanted = tenant.Wanted with { Mark = new OwnerMark($"new {Guid.NewGuid()}"), PasswordProvesOwnership = true } };

        var steps = (await ReadyAsync(restored)).Steps;

        Assert.Equal(3, steps.Count(step => step.StartsWith("marked ", StringComparison.Ordinal)));
        Assert.Equal(3, steps.Count);
        Assert.Empty((await ReadyAsync(restored with { Wanted = restored.Wanted with { PasswordProvesOwnership = false } })).Steps);
        await ReadyTenantAsync(restored with { Wanted = tenant.Wanted with { PasswordProvesOwnership = true } });
    }

    private async Task AssertMendedAsync(Tenant tenant, string step)
    {
        var steps = (await ReadyAsync(tenant)).Steps;

        Assert.Contains(steps, taken => taken.Contains(step, StringComparison.Ordinal));
        Assert.Empty((await ReadyAsync(tenant)).Steps);
        await tenant.StartKineAsync(Token);
    }

    private async Task<Tenant> RotatedAsync(int major, bool asSuperuser)
    {
        var tenant = await ReadyTenantAsync(Tenant.On(await servers.GetAsync(major), asSuperuser));
        await tenant.StartKineAsync(Token);
        tenant = await ReadyTenantAsync(Other(tenant));
        await tenant.StartKineAsync(Token);
        return tenant;
    }

    private async Task<Tenant> ReadyTenantAsync(Tenant tenant)
    {
        await ReadyAsync(tenant);
        return tenant;
    }

    private async Task<ProvisioningOutcome.Ready> ReadyAsync(Tenant tenant) =>
        Assert.IsType<ProvisioningOutcome.Ready>(await provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token));

    private static Tenant Other(Tenant tenant) => tenant with
    {
        Wanted = tenant.Wanted with { SecondLogsIn = !tenant.Wanted.SecondLogsIn, Password = PasswordGenerator.Generate(), MayCreateDatabase = false },
    };

    private static string Fill(string sql, Tenant tenant) => sql
        .Replace("{role}", tenant.Wanted.Role.Quoted, StringComparison.Ordinal)
        .Replace("{second}", tenant.Wanted.LoginRole.Quoted, StringComparison.Ordinal)
        .Replace("{admin}", tenant.Admin.Name, StringComparison.Ordinal)
        .Replace("{database}", tenant.Wanted.Database.Quoted, StringComparison.Ordinal);
}
