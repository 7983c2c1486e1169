using Provisioning.Postgres;

namespace Provisioning.Tests.Postgres;

public sealed class DriftTests(PostgresServers servers)
{
    /// <summary>What somebody did by hand in the maintenance database, and the step that undoes it.</summary>
    internal static readonly (string Sql, string Step)[] ByHandOutside =
    [
        ("ALTER ROLE {role} NOLOGIN", "set attributes"),
        ("ALTER ROLE {role} CREATEDB CREATEROLE", "set attributes"),
        ("ALTER ROLE {role} CONNECTION LIMIT 3", "set attributes"),
        ("ALTER ROLE {role} VALID UNTIL '2001-01-01'", "set attributes"),
        ("ALTER ROLE {role} PASSWORD NULL", "set the password"),
        ("ALTER ROLE {role} PASSWORD 'other'", "set the password"),
        ("COMMENT ON ROLE {role} IS NULL", "marked role"),
        ("COMMENT ON DATABASE {database} IS NULL", "marked database"),
        ("GRANT CONNECT ON DATABASE {database} TO PUBLIC", "PUBLIC"),
        ("REVOKE CONNECT ON DATABASE {database} FROM {role}", "granted database"),
        ("ALTER DATABASE {database} ALLOW_CONNECTIONS false", "opened database"),
        ("ALTER DATABASE {database} OWNER TO {role}", "took database"),
    ];

    private readonly DatabaseProvisioner provisioner = Servers.Provisioner();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Each of them on every version.</summary>
    public static IEnumerable<TheoryDataRow<int, bool, string, string>> ByHand => Matrix.With(ByHandOutside);

    /// <summary>The same, inside the cluster's database.</summary>
    public static IEnumerable<TheoryDataRow<int, bool, string, string>> ByHandInside => Matrix.With(
                ("ALTER TABLE public.kine OWNER TO {admin}", "gave public.kine"),
        ("DROP SCHEMA public CASCADE", "created schema"));

    /// <summary>Grants on schema public; on 14 only a superuser may give them.</summary>
    public static IEnumerable<TheoryDataRow<int, bool, string, string>> ByHandOnSchema => Matrix.With(
        ("REVOKE CREATE ON SCHEMA public FROM {role}", "granted schema"),
        ("GRANT CREATE ON SCHEMA public TO PUBLIC", "granted schema")).Where(row => row.Data is not (14, false, _, _));

    [Theory]
    [MemberData(nameof(ByHand))]
    public async Task Undoes_a_change_by_hand(int major, bool asSuperuser, string sql, string step)
    {
        var tenant = await ProvisionedAsync(major, asSuperuser);

        await tenant.Server.ExecuteAsync(Fill(sql, tenant), Token);

        await AssertMendedAsync(tenant, step);
    }

    [Theory]
    [MemberData(nameof(ByHandInside))]
    [MemberData(nameof(ByHandOnSchema))]
    public async Task Undoes_a_change_by_hand_inside_the_database(int major, bool asSuperuser, string sql, string step)
    {
        var tenant = await ProvisionedAsync(major, asSuperuser);

        await tenant.Server.ExecuteAsync(tenant.Server.Superuser, tenant.Database, Fill(sql, tenant), Token);

        await AssertMendedAsync(tenant, step);
    }

    [Fact]
    public async Task On_14_kine_lives_on_what_PUBLIC_has_and_the_database_administrator_is_asked_when_that_is_gone()
    {
        Assert.SkipUnless(Matrix.Has(14), "PostgreSQL 14 is not installed: run scripts/postgres-versions.sh.");
        var tenant = await ProvisionedAsync(14, asSuperuser: false);
        await tenant.Server.ExecuteAsync(tenant.Server.Superuser, tenant.Database, "REVOKE CREATE ON SCHEMA public FROM PUBLIC", Token);

        var refused = await provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token);
        var statement = $"GRANT USAGE, CREATE ON SCHEMA public TO {tenant.Wanted.Role.Quoted}";
        await tenant.Server.ExecuteAsync(tenant.Server.Superuser, tenant.Database, statement, Token);
        var granted = await provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token);

        Assert.Equal(PostgresReasons.AdminPrivilegeMissing, Assert.IsType<ProvisioningOutcome.Refused>(refused).Reason);
        Assert.Contains($"in database {tenant.Database}: {statement}", ((ProvisioningOutcome.Refused)refused).Message, StringComparison.Ordinal);
        Assert.IsType<ProvisioningOutcome.Ready>(granted);
        await tenant.StartKineAsync(Token);
    }

    [Theory]
    [MemberData(nameof(Matrix.Each), MemberType = typeof(Matrix))]
    public async Task Asks_the_database_administrator_for_what_only_a_superuser_may_undo(int major)
    {
        var tenant = await ProvisionedAsync(major, asSuperuser: false);
        await tenant.Server.ExecuteAsync($"ALTER ROLE {tenant.Wanted.Role.Quoted} SUPERUSER REPLICATION", Token);

        var asAdmin = await provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token);
        var asSuperuser = await provisioner.ProvisionAsync(tenant.AsSuperuser(), tenant.Wanted, Token);

        var refused = Assert.IsType<ProvisioningOutcome.Refused>(asAdmin);
        Assert.Equal(PostgresReasons.AdminPrivilegeMissing, refused.Reason);
        Assert.Contains($"ALTER ROLE {tenant.Wanted.Role.Quoted} NOSUPERUSER NOREPLICATION", refused.Message, StringComparison.Ordinal);
        Assert.IsType<ProvisioningOutcome.Ready>(asSuperuser);
    }

    [Theory]
    [MemberData(nameof(Matrix.All), MemberType = typeof(Matrix))]
    public async Task A_control_plane_that_uses_all_its_connections_is_ready_all_the_same(int major, bool asSuperuser)
    {
        var tenant = await ProvisionedAsync(major, asSuperuser);
        var wanted = tenant.Wanted with { ConnectionLimit = 1 };
        await provisioner.ProvisionAsync(tenant.AsAdmin(), wanted, Token);
        await using var session = await tenant.LoginAsync(Token);

        var outcome = await provisioner.ProvisionAsync(tenant.AsAdmin(), wanted, Token);

        Assert.Empty(Assert.IsType<ProvisioningOutcome.Ready>(outcome).Steps);
    }

    [Theory]
    [MemberData(nameof(Matrix.All), MemberType = typeof(Matrix))]
    public async Task A_new_password_replaces_the_old_one(int major, bool asSuperuser)
    {
        var tenant = await ProvisionedAsync(major, asSuperuser);
        var wanted = tenant.Wanted with { Password = PasswordGenerator.Generate() };

        var outcome = await provisioner.ProvisionAsync(tenant.AsAdmin(), wanted, Token);

        Assert.Equal([$"set the password of role {tenant.Role}"], Assert.IsType<ProvisioningOutcome.Ready>(outcome).Steps);
        await using var session = await (tenant with { Wanted = wanted }).LoginAsync(Token);
    }

    private async Task AssertMendedAsync(Tenant tenant, string step)
    {
        var outcome = await provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token);
        var again = await provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token);

        Assert.Contains(Assert.IsType<ProvisioningOutcome.Ready>(outcome).Steps, taken => taken.Contains(step, StringComparison.Ordinal));
        Assert.Empty(Assert.IsType<ProvisioningOutcome.Ready>(again).Steps);
        await tenant.StartKineAsync(Token);
    }

    internal static string Fill(string sql, Tenant tenant) => sql
        .Replace("{role}", tenant.Wanted.Role.Quoted, StringComparison.Ordinal)
        .Replace("{database}", tenant.Wanted.Database.Quoted, StringComparison.Ordinal)
        .Replace("{admin}", tenant.Admin.Name, StringComparison.Ordinal);

    private async Task<Tenant> ProvisionedAsync(int major, bool asSuperuser)
    {
        var tenant = await NewTenantAsync(major, asSuperuser);
        Assert.IsType<ProvisioningOutcome.Ready>(await provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token));
        await tenant.StartKineAsync(Token);
        return tenant;
    }

    private async Task<Tenant> NewTenantAsync(int major, bool asSuperuser) => Tenant.On(await servers.GetAsync(major), asSuperuser);
}
