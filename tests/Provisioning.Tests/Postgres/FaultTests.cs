using System.Collections.Concurrent;
using Npgsql;
using Provisioning.Postgres;
using TestPostgres;

namespace Provisioning.Tests.Postgres;

/// <summary>Dying, racing, losing the server: nothing is lost and all converges.</summary>
public sealed class FaultTests(PostgresServers servers)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Matrix.Each), MemberType = typeof(Matrix))]
    public async Task A_death_before_any_step_is_made_good_by_the_next_run(int major)
    {
        var server = await servers.GetAsync(major);
        var effects = await CountFaultPointsAsync(Tenant.On(server));
        Assert.True(effects > 10, $"only {effects} fault points");

        for (var fatal = 1; fatal <= effects; fatal++)
        {
            var tenant = Tenant.On(server);
            var passed = 0;
            var dying = Servers.Provisioner(faultPoint: _ => Die(++passed == fatal));
            await Assert.ThrowsAsync<DeathException>(() => dying.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token));

            Assert.IsType<ProvisioningOutcome.Ready>(await RepeatAsync(tenant));
            await tenant.StartKineAsync(Token);
        }
    }

    [Fact]
    public async Task A_role_without_password_lets_nobody_in_while_the_database_is_being_made()
    {
        var tenant = Tenant.On(await servers.GetAsync(15));
        var dying = Servers.Provisioner(faultPoint: effect => Die(effect == PasswordSetter.CreateTable));
        await Assert.ThrowsAsync<DeathException>(() => dying.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token));

        var exception = await Assert.ThrowsAsync<PostgresException>(() => tenant.LoginAsync(Token));

        Assert.Equal(SqlStates.InvalidPassword, exception.SqlState);
    }

    [Fact]
    public async Task The_database_is_closed_for_everyone_until_PUBLIC_is_out()
    {
        var tenant = Tenant.On(await servers.GetAsync(15));
        var dying = Servers.Provisioner(faultPoint: effect => Die(effect.StartsWith("REVOKE ALL ON DATABASE", StringComparison.Ordinal)));
        await Assert.ThrowsAsync<DeathException>(() => dying.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token));

        var exception = await Assert.ThrowsAsync<PostgresException>(
            () => tenant.Server.OpenAsync(tenant.Server.Superuser, tenant.Database, Token));

        Assert.Equal(SqlStates.ObjectNotInPrerequisiteState, exception.SqlState);
    }

    [Fact]
    public async Task Many_processes_at_once_make_one_database_one_role_and_one_password()
    {
        var server = await servers.GetAsync(15);
        var tenants = Enumerable.Range(0, 6).Select(_ => Tenant.On(server)).ToList();
        var outcomes = new ConcurrentBag<ProvisioningOutcome>();

        // Each task is a process of its own: provisioners share nothing.
        await Parallel.ForEachAsync(
            tenants.SelectMany(tenant => Enumerable.Repeat(tenant, 4)),
            new ParallelOptions { MaxDegreeOfParallelism = 12, CancellationToken = Token },
            async (tenant, _) => outcomes.Add(await RepeatAsync(tenant)));

        Assert.All(outcomes, outcome => Assert.IsType<ProvisioningOutcome.Ready>(outcome));
        foreach (var tenant in tenants)
        {
            await tenant.StartKineAsync(Token);
        }
    }

    [Fact]
    public async Task Synchronous_replication_without_a_standby_does_not_hang_it()
    {
        await using var server = await TestPostgresServer.StartAsync(
            new TestPostgresOptions { Configuration = ["synchronous_commit = local"] }, Token);
        await server.ExecuteAsync("ALTER SYSTEM SET synchronous_standby_names = 'missing'", Token);
        await server.ExecuteAsync("ALTER SYSTEM SET synchronous_commit = 'on'", Token);
        await server.RestartAsync();
        var tenant = Tenant.On(server);

        var outcome = await Servers.Provisioner().ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token);

        Assert.Contains("no standby is connected", Assert.Single(Assert.IsType<ProvisioningOutcome.Ready>(outcome).Warnings), StringComparison.Ordinal);
        var starting = tenant.StartKineAsync(Token);
        await EventuallyAsync(async () => await server.QueryAsync<bool>(
            $"SELECT EXISTS (SELECT FROM pg_stat_activity WHERE usename = '{tenant.Role}' AND wait_event = 'SyncRep')", Token));

        // The setting goes; a standby that connects would do the same.
        await server.ExecuteAsync("ALTER SYSTEM RESET synchronous_standby_names", Token);
        await server.QueryAsync<bool>("SELECT pg_reload_conf()", Token);
        await starting;
        await EventuallyAsync(async () =>
            (await Servers.Provisioner().ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token)) is ProvisioningOutcome.Ready { Warnings.Count: 0, Steps.Count: 0 });
    }

    [Fact]
    public async Task A_release_does_not_wait_for_a_missing_synchronous_standby()
    {
        await using var server = await TestPostgresServer.StartAsync(Token);
        var tenant = Tenant.On(server);
        await Servers.Provisioner().ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token);
        await server.ExecuteAsync("ALTER SYSTEM SET synchronous_commit = 'on'", Token);
        await server.ExecuteAsync("ALTER SYSTEM SET synchronous_standby_names = 'missing'", Token);
        await server.RestartAsync();

        var released = await Servers.Provisioner().ReleaseAsync(
            tenant.AsAdmin(), tenant.Release, Token);

        Assert.IsType<ReleaseOutcome.Released>(released);
    }

    [Fact]
    public async Task A_server_that_crashes_and_comes_back_is_gone_on_with()
    {
        await using var server = await TestPostgresServer.StartAsync(Token);
        var tenant = Tenant.On(server);
        var crashed = false;
        var provisioner = Servers.Provisioner(faultPoint: effect =>
        {
            if (!crashed && effect.EndsWith("ALLOW_CONNECTIONS true", StringComparison.Ordinal))
            {
                crashed = true;
                server.KillAsync().GetAwaiter().GetResult();
            }
        });

        var exception = await Assert.ThrowsAnyAsync<NpgsqlException>(() => provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token));
        Assert.True(PostgresFailure.From(exception)!.IsTransient);
        await server.StartAgainAsync();

        Assert.IsType<ProvisioningOutcome.Ready>(await provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token));
        await tenant.StartKineAsync(Token);
    }

    [Fact]
    public async Task One_server_takes_no_more_than_its_share_at_once()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var tenant = Tenant.On(await servers.GetAsync(15));
        var silent = tenant.AsAdmin() with { Endpoints = [new PostgresEndpoint("127.0.0.1", ((System.Net.IPEndPoint)listener.LocalEndpoint).Port)] };
        var provisioner = Servers.Provisioner(options: new PostgresOptions { ConnectTimeout = TimeSpan.FromSeconds(30), MaxConcurrencyPerServer = 1 });
        using var giveUp = new CancellationTokenSource();
        var waiting = provisioner.ProvisionAsync(silent, tenant.Wanted, giveUp.Token);

        Assert.IsType<ProvisioningOutcome.Busy>(await provisioner.ProvisionAsync(silent, tenant.Wanted, Token));
        Assert.IsType<ProvisioningOutcome.Ready>(await provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token));

        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    /// <summary>A process of its own that comes back as long as another one has the lock, as the work queue does.</summary>
    private static async Task<ProvisioningOutcome> RepeatAsync(Tenant tenant)
    {
        var provisioner = Servers.Provisioner();
        while (true)
        {
            var outcome = await provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token);
            if (outcome is not ProvisioningOutcome.Busy)
            {
                return outcome;
            }
        }
    }

    private static async Task EventuallyAsync(Func<Task<bool>> condition)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
        deadline.CancelAfter(TimeSpan.FromMinutes(1));
        while (!await condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), deadline.Token);
        }
    }

    private static async Task<int> CountFaultPointsAsync(Tenant tenant)
    {
        var count = 0;
        await Servers.Provisioner(faultPoint: _ => count++).ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token);
        return count;
    }

    private static void Die(bool now)
    {
        if (now)
        {
            throw new DeathException();
        }
    }

    private sealed class DeathException : Exception;
}
