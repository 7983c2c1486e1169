using Provisioning.Postgres;
using TestPostgres;

namespace Provisioning.Tests.Postgres;

/// <summary>A cluster is pointed to a restored server: kine's rows are there, and the password of its Secret works.</summary>
public sealed class RestoreTests
{
    private readonly DatabaseProvisioner provisioner = Servers.Provisioner();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task From_a_base_backup_with_a_password_changed_since()
    {
        await using var server = await TestPostgresServer.StartAsync(Token);
        var tenant = await ProvisionedAsync(server);
        await using var restored = await TestPostgresServer.StartAsync(new TestPostgresOptions { Primary = server }, Token);
        await restored.PromoteAsync(Token);
        await server.StopAsync();
        var moved = tenant with
        {
            Server = restored,
            Wanted = tenant.Wanted with { Password = PasswordGenerator.Generate(), MayCreateDatabase = false },
        };

        var outcome = await provisioner.ProvisionAsync(moved.AsAdmin(), moved.Wanted, Token);

        Assert.Equal([$"set the password of role {tenant.Role}"], Assert.IsType<ProvisioningOutcome.Ready>(outcome).Steps);
        await AssertRowsAsync(moved);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task From_a_dump_without_role_and_mark_once_the_administrator_has_marked_the_database(bool keepsOwners)
    {
        await using var server = await TestPostgresServer.StartAsync(Token);
        await using var restored = await TestPostgresServer.StartAsync(Token);
        var tenant = await ProvisionedAsync(server);
        var dump = Path.Combine(server.ExchangeFolder, "dump.sql");
        string[] options = ["--create", "--no-comments", "--no-privileges", "--file", dump, .. keepsOwners ? [] : (string[])["--no-owner"]];
        await server.RunProgramAsync("pg_dump", tenant.Database, options, Token);
        await restored.RunProgramAsync("psql", "postgres", ["--quiet", "--no-psqlrc", "--file", dump], Token);
        await restored.ExecuteAsync($"ALTER DATABASE {tenant.Wanted.Database.Quoted} OWNER TO {restored.Admin.Name}", Token);
        var moved = tenant with { Server = restored, Admin = restored.Admin, Wanted = tenant.Wanted with { MayCreateDatabase = false } };

        var unmarked = await provisioner.ProvisionAsync(moved.AsAdmin(), moved.Wanted, Token);
        await restored.ExecuteAsync($"COMMENT ON DATABASE {tenant.Wanted.Database.Quoted} IS '{tenant.Wanted.Mark.Text}'", Token);
        var asAdmin = await provisioner.ProvisionAsync(moved.AsAdmin(), moved.Wanted, Token);
        var asSuperuser = await provisioner.ProvisionAsync(moved.AsSuperuser(), moved.Wanted, Token);

        Assert.Equal(PostgresReasons.NameConflict, Assert.IsType<ProvisioningOutcome.Refused>(unmarked).Reason);
        var refused = Assert.IsType<ProvisioningOutcome.Refused>(asAdmin);
        Assert.Contains("ALTER TABLE public.\"kine\" OWNER TO", refused.Message, StringComparison.Ordinal);
        Assert.IsType<ProvisioningOutcome.Ready>(asSuperuser);
        await AssertRowsAsync(moved);
    }

    private static async Task AssertRowsAsync(Tenant tenant)
    {
        await tenant.StartKineAsync(Token);
        Assert.Equal(2L, await tenant.Server.QueryAsync<long>(tenant.Database, "SELECT count(*) FROM kine WHERE name = '/registry/one'", Token));
    }

    private async Task<Tenant> ProvisionedAsync(TestPostgresServer server)
    {
        var tenant = Tenant.On(server);
        Assert.IsType<ProvisioningOutcome.Ready>(await provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token));
        await tenant.StartKineAsync(Token);
        return tenant;
    }
}
