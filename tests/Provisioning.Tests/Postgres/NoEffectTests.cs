using Provisioning.Postgres;
using TestPostgres;

namespace Provisioning.Tests.Postgres;

/// <summary>Ready is said only of what was seen, never of what was ordered.</summary>
public sealed class NoEffectTests
{
    private readonly DatabaseProvisioner provisioner = Servers.Provisioner();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_grant_that_something_undoes_is_not_ready()
    {
        await using var server = await TestPostgresServer.StartAsync(Token);
        var tenant = Tenant.On(server);
        Assert.IsType<ProvisioningOutcome.Ready>(await provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token));
        await server.ExecuteAsync(
            server.Superuser,
            tenant.Database,
            $"""
            REVOKE CREATE ON SCHEMA public FROM {tenant.Wanted.Role.Quoted};
            CREATE FUNCTION undo() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER
                AS $$ BEGIN REVOKE CREATE ON SCHEMA public FROM {tenant.Wanted.Role.Quoted}; END $$;
            CREATE EVENT TRIGGER undo ON ddl_command_end WHEN TAG IN ('GRANT') EXECUTE FUNCTION undo();
            """,
            Token);

        var outcome = await provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token);

        var refused = Assert.IsType<ProvisioningOutcome.Refused>(outcome);
        Assert.Equal(PostgresReasons.StatementHadNoEffect, refused.Reason);
        Assert.Contains("granted schema public", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_role_that_the_server_does_not_let_in_is_not_ready_and_its_password_is_set_once()
    {
        await using var server = await TestPostgresServer.StartAsync(
            new TestPostgresOptions { HostBasedAuthentication = ["hostssl all refused all reject"] }, Token);
        var tenant = Tenant.On(server);
        var wanted = tenant.Wanted with { Role = new PostgresIdentifier("refused") };
        var set = 0;

        var outcome = await Servers.Provisioner(faultPoint: effect => set += effect == PasswordSetter.Alter ? 1 : 0)
            .ProvisionAsync(tenant.AsAdmin(), wanted, Token);

        var refused = Assert.IsType<ProvisioningOutcome.Refused>(outcome);
        Assert.Equal(PostgresReasons.RoleLoginRefused, refused.Reason);
        Assert.Contains("pg_hba.conf", refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, set);
    }

    [Fact]
    public async Task A_role_that_pg_hba_refuses_is_not_written_to_at_every_retry()
    {
        await using var server = await TestPostgresServer.StartAsync(
            new TestPostgresOptions { HostBasedAuthentication = ["hostssl all refused all reject"] }, Token);
        var tenant = Tenant.On(server);
        var wanted = tenant.Wanted with { Role = new PostgresIdentifier("refused") };
        await provisioner.ProvisionAsync(tenant.AsAdmin(), wanted, Token);
        var before = await RowVersionAsync(server);

        for (var retry = 0; retry < 2; retry++)
        {
            var outcome = await provisioner.ProvisionAsync(tenant.AsAdmin(), wanted, Token);
            Assert.Equal(PostgresReasons.RoleLoginRefused, Assert.IsType<ProvisioningOutcome.Refused>(outcome).Reason);
        }

        Assert.Equal(before, await RowVersionAsync(server));
    }

    private static Task<string?> RowVersionAsync(TestPostgresServer server) =>
        server.QueryAsync<string>("SELECT concat_ws(' ', xmin, ctid) FROM pg_authid WHERE rolname = 'refused'", Token);

    [Fact]
    public async Task Warns_when_the_server_has_too_few_connections_for_all_limits()
    {
        await using var server = await TestPostgresServer.StartAsync(
            new TestPostgresOptions { Configuration = ["max_connections = 20"] }, Token);
        var tenant = Tenant.On(server);

        var outcome = await provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted with { ConnectionLimit = 100 }, Token);

        Assert.Contains("the server has 17 connections", Assert.Single(Assert.IsType<ProvisioningOutcome.Ready>(outcome).Warnings), StringComparison.Ordinal);
    }
}
