using Provisioning.Postgres;
using TestPostgres;

namespace Provisioning.Tests.Postgres;

public sealed class DriftTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private readonly DatabaseProvisioner provisioner = Servers.Provisioner();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private TestPostgresServer Server => postgres.Server;

    /// <summary>What somebody did by hand in the maintenance database, and the step that undoes it.</summary>
    public static TheoryData<string, string> ByHand => new()
    {
        { "ALTER ROLE {role} NOLOGIN", "set attributes" },
        { "ALTER ROLE {role} CREATEDB CREATEROLE", "set attributes" },
        { "ALTER ROLE {role} CONNECTION LIMIT 3", "set attributes" },
        { "ALTER ROLE {role} VALID UNTIL '2001-01-01'", "set attributes" },
        { "ALTER ROLE {role} PASSWORD NULL", "set the password" },
        { "ALTER ROLE {role} PASSWORD 'other'", "set the password" },
        { "COMMENT ON ROLE {role} IS NULL", "marked role" },
        { "COMMENT ON DATABASE {database} IS NULL", "marked database" },
        { "GRANT CONNECT ON DATABASE {database} TO PUBLIC", "PUBLIC" },
        { "REVOKE CONNECT ON DATABASE {database} FROM {role}", "granted database" },
        { "ALTER DATABASE {database} ALLOW_CONNECTIONS false", "opened database" },
        { "ALTER DATABASE {database} OWNER TO {role}", "took database" },
    };

    /// <summary>The same, inside the cluster's database.</summary>
    public static TheoryData<string, string> ByHandInside => new()
    {
        { "REVOKE CREATE ON SCHEMA public FROM {role}", "granted schema" },
        { "GRANT CREATE ON SCHEMA public TO PUBLIC", "granted schema" },
        { "ALTER TABLE public.kine OWNER TO {admin}", "gave public.kine" },
        { "DROP SCHEMA public CASCADE", "created schema" },
    };

    [Theory]
    [MemberData(nameof(ByHand))]
    public async Task Undoes_a_change_by_hand(string sql, string step)
    {
        var tenant = await ProvisionedAsync();

        await Server.ExecuteAsync(Fill(sql, tenant), Token);

        await AssertMendedAsync(tenant, step);
    }

    [Theory]
    [MemberData(nameof(ByHandInside))]
    public async Task Undoes_a_change_by_hand_inside_the_database(string sql, string step)
    {
        var tenant = await ProvisionedAsync();

        await Server.ExecuteAsync(Server.Superuser, tenant.Database, Fill(sql, tenant), Token);

        await AssertMendedAsync(tenant, step);
    }

    [Fact]
    public async Task Asks_the_database_administrator_for_what_only_a_superuser_may_undo()
    {
        var tenant = await ProvisionedAsync();
        await Server.ExecuteAsync($"ALTER ROLE {tenant.Wanted.Role.Quoted} SUPERUSER REPLICATION", Token);

        var asAdmin = await provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token);
        var asSuperuser = await provisioner.ProvisionAsync(tenant.As(Server.Superuser), tenant.Wanted, Token);

        var refused = Assert.IsType<ProvisioningOutcome.Refused>(asAdmin);
        Assert.Equal(PostgresReasons.AdminPrivilegeMissing, refused.Reason);
        Assert.Contains($"ALTER ROLE {tenant.Wanted.Role.Quoted} NOSUPERUSER NOREPLICATION", refused.Message, StringComparison.Ordinal);
        Assert.IsType<ProvisioningOutcome.Ready>(asSuperuser);
    }

    [Fact]
    public async Task A_control_plane_that_uses_all_its_connections_is_ready_all_the_same()
    {
        var tenant = await ProvisionedAsync();
        var wanted = tenant.Wanted with { ConnectionLimit = 1 };
        await provisioner.ProvisionAsync(tenant.AsAdmin(), wanted, Token);
        await using var session = await tenant.LoginAsync(Token);

        var outcome = await provisioner.ProvisionAsync(tenant.AsAdmin(), wanted, Token);

        Assert.Empty(Assert.IsType<ProvisioningOutcome.Ready>(outcome).Steps);
    }

    [Fact]
    public async Task A_new_password_replaces_the_old_one()
    {
        var tenant = await ProvisionedAsync();
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

    private string Fill(string sql, Tenant tenant) => sql
        .Replace("{role}", tenant.Wanted.Role.Quoted, StringComparison.Ordinal)
        .Replace("{database}", tenant.Wanted.Database.Quoted, StringComparison.Ordinal)
        .Replace("{admin}", Server.Admin.Name, StringComparison.Ordinal);

    private async Task<Tenant> ProvisionedAsync()
    {
        var tenant = Tenant.On(Server);
        Assert.IsType<ProvisioningOutcome.Ready>(await provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token));
        await tenant.StartKineAsync(Token);
        return tenant;
    }
}
