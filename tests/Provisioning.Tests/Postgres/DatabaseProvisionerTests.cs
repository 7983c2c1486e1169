using Microsoft.Extensions.Logging;
using Npgsql;
using Provisioning.Postgres;
using TestPostgres;

namespace Provisioning.Tests.Postgres;

public sealed class DatabaseProvisionerTests(PostgresServers servers)
{
    private readonly DatabaseProvisioner provisioner = Servers.Provisioner();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Matrix.All), MemberType = typeof(Matrix))]
    public async Task Makes_a_database_in_which_kine_starts(int major, bool asSuperuser)
    {
        var tenant = await NewTenantAsync(major, asSuperuser);

        var outcome = await provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token);

        var ready = Assert.IsType<ProvisioningOutcome.Ready>(outcome);
        Assert.NotEmpty(ready.Steps);
        await tenant.StartKineAsync(Token);
        Assert.Equal(
            $"{tenant.Admin.Name} UTF8 C C",
            await tenant.Server.QueryAsync<string>(
                $"SELECT pg_get_userbyid(datdba) || ' ' || pg_encoding_to_char(encoding) || ' ' || datcollate || ' ' || datctype FROM pg_database WHERE datname = '{tenant.Database}'",
                Token));
    }

    [Theory]
    [MemberData(nameof(Matrix.All), MemberType = typeof(Matrix))]
    public async Task Writes_nothing_when_nothing_differs(int major, bool asSuperuser)
    {
        var tenant = await NewTenantAsync(major, asSuperuser);
        await provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token);
        await tenant.StartKineAsync(Token);
        var before = await FingerprintAsync(tenant);

        var outcome = await provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token);

        Assert.Empty(Assert.IsType<ProvisioningOutcome.Ready>(outcome).Steps);
        Assert.Equal(before, await FingerprintAsync(tenant));
    }

    [Theory]
    [MemberData(nameof(Matrix.All), MemberType = typeof(Matrix))]
    public async Task Another_tenants_role_does_not_get_into_the_database(int major, bool asSuperuser)
    {
        var (one, other) = (await NewTenantAsync(major, asSuperuser), await NewTenantAsync(major, asSuperuser));
        await provisioner.ProvisionAsync(one.AsAdmin(), one.Wanted, Token);
        await provisioner.ProvisionAsync(other.AsAdmin(), other.Wanted, Token);

        var exception = await Assert.ThrowsAsync<PostgresException>(
            () => one.Server.OpenAsync(new TestRole(other.Role, other.Wanted.Password.Reveal()), one.Database, Token));

        Assert.Equal(SqlStates.InsufficientPrivilege, exception.SqlState);
    }

    [Theory]
    [MemberData(nameof(Matrix.All), MemberType = typeof(Matrix))]
    public async Task Says_busy_while_another_process_works_on_the_database(int major, bool asSuperuser)
    {
        var tenant = await NewTenantAsync(major, asSuperuser);
        await using var other = await tenant.Server.OpenAsync(tenant.Server.Superuser, "postgres", Token);
        await using (var command = new NpgsqlCommand($"SELECT pg_advisory_lock({DatabaseLock.Key(tenant.Wanted.Database)})", other))
        {
            await command.ExecuteNonQueryAsync(Token);
        }

        Assert.IsType<ProvisioningOutcome.Busy>(await provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token));
    }

    [Theory]
    [MemberData(nameof(Matrix.All), MemberType = typeof(Matrix))]
    public async Task Never_makes_an_empty_database_for_a_cluster_that_was_ready(int major, bool asSuperuser)
    {
        var tenant = await NewTenantAsync(major, asSuperuser);

        var outcome = await provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted with { MayCreateDatabase = false }, Token);

        var refused = Assert.IsType<ProvisioningOutcome.Refused>(outcome);
        Assert.Equal(PostgresReasons.DatabaseMissing, refused.Reason);
        Assert.Contains("restore it first", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0L, await tenant.Server.QueryAsync<long>($"SELECT count(*) FROM pg_roles WHERE rolname = '{tenant.Role}'", Token));
    }

    [Theory]
    [MemberData(nameof(Matrix.All), MemberType = typeof(Matrix))]
    public async Task Never_touches_what_another_one_has_marked(int major, bool asSuperuser)
    {
        var tenant = await NewTenantAsync(major, asSuperuser);
        await provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token);
        var before = await FingerprintAsync(tenant);

        using var logged = new CapturingLoggerProvider();
        using var logging = LoggerFactory.Create(builder => builder.AddProvider(logged));

        var outcome = await Servers.Provisioner(logging).ProvisionAsync(
            tenant.AsAdmin(), tenant.Wanted with { Mark = new OwnerMark("somebody else's"), Password = PasswordGenerator.Generate() }, Token);

        var refused = Assert.IsType<ProvisioningOutcome.Refused>(outcome);
        Assert.Equal(PostgresReasons.NameConflict, refused.Reason);
        Assert.Contains("marked for another ClusterDataSource", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(tenant.Wanted.Mark.Text, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("COMMENT ON", refused.Message, StringComparison.Ordinal);
        Assert.Contains(logged.Lines, line => line.StartsWith("Warning", StringComparison.Ordinal) && line.Contains(tenant.Wanted.Mark.Text, StringComparison.Ordinal));
        Assert.Equal(before, await FingerprintAsync(tenant));
    }

    [Theory]
    [MemberData(nameof(Matrix.All), MemberType = typeof(Matrix))]
    public async Task Never_touches_a_database_without_a_mark_until_its_administrator_marks_it(int major, bool asSuperuser)
    {
        var tenant = await NewTenantAsync(major, asSuperuser);
        await tenant.Server.ExecuteAsync($"CREATE DATABASE {tenant.Wanted.Database.Quoted} OWNER {tenant.Admin.Name}", Token);
        var refused = await provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token);

        await tenant.Server.ExecuteAsync($"COMMENT ON DATABASE {tenant.Wanted.Database.Quoted} IS '{tenant.Wanted.Mark.Text}'", Token);
        var adopted = await provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token);

        var conflict = Assert.IsType<ProvisioningOutcome.Refused>(refused);
        Assert.Equal(PostgresReasons.NameConflict, conflict.Reason);
        Assert.EndsWith($"COMMENT ON DATABASE {tenant.Wanted.Database.Quoted} IS '{tenant.Wanted.Mark.Text}'", conflict.Message, StringComparison.Ordinal);
        Assert.IsType<ProvisioningOutcome.Ready>(adopted);
        await tenant.StartKineAsync(Token);
    }

    [Theory]
    [MemberData(nameof(Matrix.All), MemberType = typeof(Matrix))]
    public async Task A_management_cluster_brought_back_goes_on_with_new_uids_by_the_password_of_its_Secret(int major, bool asSuperuser)
    {
        var tenant = await NewTenantAsync(major, asSuperuser);
        await provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token);
        var restored = tenant.Wanted with { Mark = new OwnerMark("new uid"), PasswordProvesOwnership = true };

        var impostor = await provisioner.ProvisionAsync(
            tenant.AsAdmin(), restored with { Password = PasswordGenerator.Generate() }, Token);
        var outcome = await provisioner.ProvisionAsync(tenant.AsAdmin(), restored, Token);

        Assert.Equal(PostgresReasons.NameConflict, Assert.IsType<ProvisioningOutcome.Refused>(impostor).Reason);
        Assert.Equal(2, Assert.IsType<ProvisioningOutcome.Ready>(outcome).Steps.Count);
        Assert.IsType<ProvisioningOutcome.Ready>(
            await provisioner.ProvisionAsync(tenant.AsAdmin(), restored with { PasswordProvesOwnership = false }, Token));
    }

    [Theory]
    [MemberData(nameof(Matrix.All), MemberType = typeof(Matrix))]
    public async Task Reports_a_database_left_invalid_and_does_not_touch_it(int major, bool asSuperuser)
    {
        var tenant = await NewTenantAsync(major, asSuperuser);
        await provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token);
        await tenant.Server.ExecuteAsync($"UPDATE pg_database SET datconnlimit = -2 WHERE datname = '{tenant.Database}'", Token);
        var before = await FingerprintAsync(tenant);

        var outcome = await provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token);

        Assert.Equal(PostgresReasons.DatabaseInvalid, Assert.IsType<ProvisioningOutcome.Refused>(outcome).Reason);
        Assert.Equal(before, await FingerprintAsync(tenant));
    }

    [Theory]
    [MemberData(nameof(Matrix.All), MemberType = typeof(Matrix))]
    public async Task A_session_in_template1_does_not_keep_it_from_creating(int major, bool asSuperuser)
    {
        var tenant = await NewTenantAsync(major, asSuperuser);
        await using var intruder = await tenant.Server.OpenAsync(tenant.Server.Superuser, "template1", Token);

        Assert.IsType<ProvisioningOutcome.Ready>(await provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token));
    }

    /// <summary>The row versions of everything that provisioning may write: equal when nothing was written.</summary>
    private static async Task<string?> FingerprintAsync(Tenant tenant) => await tenant.Server.QueryAsync<string>(
        $"""
        SELECT concat_ws(' ', d.xmin, d.ctid, a.xmin, a.ctid,
            (SELECT string_agg(concat_ws(' ', s.xmin, s.ctid), ' ') FROM pg_shdescription s WHERE s.objoid IN (d.oid, a.oid)))
        FROM pg_database d, pg_authid a WHERE d.datname = '{tenant.Database}' AND a.rolname = '{tenant.Role}'
        """,
        Token);

    private async Task<Tenant> NewTenantAsync(int major, bool asSuperuser) => Tenant.On(await servers.GetAsync(major), asSuperuser);
}
