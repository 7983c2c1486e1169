using Npgsql;
using Provisioning.Postgres;
using TestPostgres;

namespace Provisioning.Tests.Postgres;

/// <summary>A refusal for want of connections comes before the password is looked at, or after: it never proves whose a role is.</summary>
public sealed class FullServerTests
{
    private const int MaxConnections = 10;

    private readonly DatabaseProvisioner provisioner = Servers.Provisioner();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_full_server_gives_nobody_a_neighbours_database()
    {
        await using var server = await TestPostgresServer.StartAsync(
            new TestPostgresOptions { Configuration = [$"max_connections = {MaxConnections}"] }, Token);
        var neighbour = await ProvisionedAsync(server);
        await using var session = await LoginAsync(neighbour);
        var thief = neighbour.Wanted with
        {
            Mark = new OwnerMark("the thief's"),
            Password = PasswordGenerator.Generate(),
            PasswordProvesOwnership = true,
        };

        var sessions = await FillAsync(server, MaxConnections - 1);
        var outcome = await ProvisionOnceThereIsRoomAsync(neighbour.AsSuperuser(), thief);
        await CloseAsync(sessions);

        Assert.Equal(PostgresReasons.NameConflict, Assert.IsType<ProvisioningOutcome.Refused>(outcome).Reason);
        await AssertMarksAsync(neighbour);
    }

    [Fact]
    public async Task A_role_at_its_limit_proves_nothing_even_with_the_right_password()
    {
        await using var server = await TestPostgresServer.StartAsync(Token);
        var tenant = await ProvisionedAsync(server);
        var restored = tenant.Wanted with { Mark = new OwnerMark("new uid"), PasswordProvesOwnership = true };

        await using (await LoginAsync(tenant))
        {
            var full = await provisioner.ProvisionAsync(tenant.AsAdmin(), restored, Token);
            Assert.Equal(PostgresReasons.NameConflict, Assert.IsType<ProvisioningOutcome.Refused>(full).Reason);
            await AssertMarksAsync(tenant);
        }
    }

    [Fact]
    public async Task A_role_at_its_limit_needs_no_repair_where_the_marks_are_right()
    {
        await using var server = await TestPostgresServer.StartAsync(Token);
        var tenant = await ProvisionedAsync(server);
        await using var session = await LoginAsync(tenant);

        var outcome = await provisioner.ProvisionAsync(
            tenant.AsAdmin(), tenant.Wanted with { PasswordProvesOwnership = true }, Token);

        Assert.Empty(Assert.IsType<ProvisioningOutcome.Ready>(outcome).Steps);
    }

    /// <summary>A tenant whose role has one connection.</summary>
    private async Task<Tenant> ProvisionedAsync(TestPostgresServer server)
    {
        var tenant = Tenant.On(server);
        tenant = tenant with { Wanted = tenant.Wanted with { ConnectionLimit = 1 } };
        Assert.IsType<ProvisioningOutcome.Ready>(await provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token));
        return tenant;
    }

    /// <summary>Takes the role's only connection, which the server counts as the provisioner's for a moment after that was closed.</summary>
    private static async Task<NpgsqlConnection> LoginAsync(Tenant tenant)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            try
            {
                return await tenant.LoginAsync(deadline.Token);
            }
            catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.TooManyConnections)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), deadline.Token);
            }
        }
    }

    /// <summary>Opens sessions of the superuser until the server has that many of all kinds.</summary>
    private static async Task<List<NpgsqlConnection>> FillAsync(TestPostgresServer server, int wanted)
    {
        var sessions = new List<NpgsqlConnection> { await server.OpenAsync(server.Superuser, "postgres", Token) };
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        for (var count = 0L; count != wanted; await Task.Delay(TimeSpan.FromMilliseconds(20), deadline.Token))
        {
            await using var command = new NpgsqlCommand("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'", sessions[0]);
            count = (long)(await command.ExecuteScalarAsync(deadline.Token))!;
            if (count < wanted)
            {
                sessions.Add(await server.OpenAsync(server.Superuser, "postgres", deadline.Token));
            }
        }

        return sessions;
    }

    /// <summary>Ended sessions give their place back a moment after they have left pg_stat_activity.</summary>
    private async Task<ProvisioningOutcome> ProvisionOnceThereIsRoomAsync(PostgresServer server, KineDatabase wanted)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            try
            {
                return await provisioner.ProvisionAsync(server, wanted, deadline.Token);
            }
            catch (PostgresException exception) when (exception.SqlState == SqlStates.TooManyConnections)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), deadline.Token);
            }
        }
    }

    private static async Task CloseAsync(List<NpgsqlConnection> sessions)
    {
        foreach (var session in sessions)
        {
            await session.DisposeAsync();
        }
    }

    private static async Task AssertMarksAsync(Tenant tenant) => Assert.Equal(
        $"{tenant.Wanted.Mark.Text}|{tenant.Wanted.Mark.Text}",
        await tenant.Server.QueryAsync<string>(
            $"SELECT shobj_description(d.oid, 'pg_database') || '|' || shobj_description(a.oid, 'pg_authid') FROM pg_database d, pg_roles a WHERE d.datname = '{tenant.Database}' AND a.rolname = '{tenant.Role}'",
            Token));
}
