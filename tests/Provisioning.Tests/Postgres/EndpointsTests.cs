using System.Net;
using System.Net.Sockets;
using Npgsql;
using Provisioning.Postgres;
using TestPostgres;

namespace Provisioning.Tests.Postgres;

/// <summary>Several endpoints: a primary and its standby in either order, dead ones, IPv6, failover.</summary>
public sealed class EndpointsTests(PostgresServers servers)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Matrix.Each), MemberType = typeof(Matrix))]
    public async Task Finds_the_primary_beside_its_standby_in_either_order_and_after_a_failover(int major)
    {
        await using var primary = await StartAsync(major);
        await using var standby = await TestPostgresServer.StartAsync(new TestPostgresOptions { Primary = primary }, Token);
        var (one, other) = (EndpointOf(primary), EndpointOf(standby));
        var tenant = Tenant.On(primary);
        var server = tenant.AsAdmin() with { Endpoints = [other, one] };

        Assert.IsType<ProvisioningOutcome.Ready>(await ProvisionAsync(server, tenant));
        Assert.Empty(Assert.IsType<ProvisioningOutcome.Ready>(await ProvisionAsync(server with { Endpoints = [one, other] }, tenant)).Steps);
        await tenant.StartKineAsync(Token);
        await standby.CatchUpAsync(primary, Token);

        var late = Tenant.On(primary);
        await primary.KillAsync();
        await standby.PromoteAsync(Token);

        Assert.Empty(Assert.IsType<ProvisioningOutcome.Ready>(await ProvisionAsync(server, tenant)).Steps);
        Assert.IsType<ProvisioningOutcome.Ready>(await ProvisionAsync(server, late));
        await (tenant with { Server = standby }).StartKineAsync(Token);
    }

    [Theory]
    [MemberData(nameof(Matrix.Ends), MemberType = typeof(Matrix))]
    public async Task What_was_lost_with_the_old_primary_is_made_again_and_the_password_stays(int major)
    {
        await using var primary = await StartAsync(major);
        await using var standby = await TestPostgresServer.StartAsync(new TestPostgresOptions { Primary = primary }, Token);
        await standby.StopAsync();
        var tenant = Tenant.On(primary);
        var server = tenant.AsAdmin() with { Endpoints = [EndpointOf(primary), EndpointOf(standby)] };
        Assert.IsType<ProvisioningOutcome.Ready>(await ProvisionAsync(server, tenant));

        await primary.KillAsync();
        await standby.StartAgainAsync();
        await standby.PromoteAsync(Token);

        var outcome = await ProvisionAsync(server, tenant);
        Assert.Contains($"created database {tenant.Database}", Assert.IsType<ProvisioningOutcome.Ready>(outcome).Steps);
        await (tenant with { Server = standby }).StartKineAsync(Token);
    }

    [Fact]
    public async Task A_failover_in_the_middle_is_gone_on_with_on_the_next_primary()
    {
        await using var primary = await TestPostgresServer.StartAsync(Token);
        await using var standby = await TestPostgresServer.StartAsync(new TestPostgresOptions { Primary = primary }, Token);
        await standby.StopAsync();
        var tenant = Tenant.On(primary);
        var server = tenant.AsAdmin() with { Endpoints = [EndpointOf(primary), EndpointOf(standby)] };
        var failedOver = false;
        var dying = Servers.Provisioner(faultPoint: effect =>
        {
            if (!failedOver && effect.EndsWith("ALLOW_CONNECTIONS true", StringComparison.Ordinal))
            {
                failedOver = true;
                FailOverAsync().GetAwaiter().GetResult();
            }
        });

        var exception = await Assert.ThrowsAnyAsync<NpgsqlException>(() => dying.ProvisionAsync(server, tenant.Wanted, Token));
        var outcome = Assert.IsType<ProvisioningOutcome.Ready>(await ProvisionAsync(server, tenant));

        Assert.True(PostgresFailure.From(exception)!.IsTransient, exception.ToString());
        Assert.Contains($"created role {tenant.Role}", outcome.Steps);
        await (tenant with { Server = standby }).StartKineAsync(Token);

        async Task FailOverAsync()
        {
            await primary.KillAsync();
            await standby.StartAgainAsync();
            await standby.PromoteAsync(Token);
        }
    }

    [Theory]
    [MemberData(nameof(Matrix.Ends), MemberType = typeof(Matrix))]
    public async Task Only_standbys_are_no_place_to_write(int major)
    {
        await using var primary = await StartAsync(major);
        await using var standby = await TestPostgresServer.StartAsync(new TestPostgresOptions { Primary = primary }, Token);
        var tenant = Tenant.On(standby);

        var alone = await Assert.ThrowsAnyAsync<NpgsqlException>(() => ProvisionAsync(tenant.AsAdmin(), tenant));
        await primary.StopAsync();
        var beside = await Assert.ThrowsAnyAsync<NpgsqlException>(
            () => ProvisionAsync(tenant.AsAdmin() with { Endpoints = [EndpointOf(standby), EndpointOf(primary)] }, tenant));

        Assert.Equal(PostgresReasons.NoPrimary, PostgresFailure.From(alone)!.Reason);
        Assert.True(PostgresFailure.From(alone)!.IsTransient);
        Assert.Equal(PostgresReasons.ServerUnreachable, PostgresFailure.From(beside)!.Reason);
    }

    [Theory]
    [MemberData(nameof(Matrix.Ends), MemberType = typeof(Matrix))]
    public async Task A_dead_first_endpoint_is_passed_by(int major)
    {
        var server = await servers.GetAsync(major);
        var tenant = Tenant.On(server);

        var outcome = await ProvisionAsync(tenant.AsAdmin() with { Endpoints = [new("127.0.0.1", UnusedPort()), EndpointOf(server)] }, tenant);

        Assert.IsType<ProvisioningOutcome.Ready>(outcome);
    }

    [Theory]
    [MemberData(nameof(Matrix.Ends), MemberType = typeof(Matrix))]
    public async Task A_password_that_differs_is_set_although_the_first_endpoint_is_dead(int major)
    {
        var server = await servers.GetAsync(major);
        var tenant = Tenant.On(server);
        Assert.IsType<ProvisioningOutcome.Ready>(await ProvisionAsync(tenant.AsAdmin(), tenant));
        var changed = tenant with { Wanted = tenant.Wanted with { Password = PasswordGenerator.Generate() } };

        var outcome = await ProvisionAsync(tenant.AsAdmin() with { Endpoints = [new("127.0.0.1", UnusedPort()), EndpointOf(server)] }, changed);

        Assert.Equal([$"set the password of role {tenant.Role}"], Assert.IsType<ProvisioningOutcome.Ready>(outcome).Steps);
        await using var session = await changed.LoginAsync(Token);
    }

    [Fact]
    public async Task A_password_that_differs_is_set_beside_a_standby()
    {
        await using var primary = await TestPostgresServer.StartAsync(Token);
        await using var standby = await TestPostgresServer.StartAsync(new TestPostgresOptions { Primary = primary }, Token);
        var tenant = Tenant.On(primary);
        Assert.IsType<ProvisioningOutcome.Ready>(await ProvisionAsync(tenant.AsAdmin(), tenant));
        var changed = tenant with { Wanted = tenant.Wanted with { Password = PasswordGenerator.Generate() } };

        var outcome = await ProvisionAsync(tenant.AsAdmin() with { Endpoints = [EndpointOf(standby), EndpointOf(primary)] }, changed);

        Assert.Equal([$"set the password of role {tenant.Role}"], Assert.IsType<ProvisioningOutcome.Ready>(outcome).Steps);
    }

    [Theory]
    [MemberData(nameof(Matrix.Ends), MemberType = typeof(Matrix))]
    public async Task An_IPv6_address_is_verified_against_the_certificate_alone_and_in_a_list(int major)
    {
        Assert.SkipUnless(HasIPv6Loopback(), "This machine has no IPv6 loopback address.");
        await using var server = await TestPostgresServer.StartAsync(new TestPostgresOptions { Binaries = PostgresBinaries.Find(major), ListenOnIPv6 = true }, Token);
        var (alone, listed) = (Tenant.On(server), Tenant.On(server));
        var six = new PostgresEndpoint("::1", server.Port);

        Assert.IsType<ProvisioningOutcome.Ready>(await ProvisionAsync(alone.AsAdmin() with { Endpoints = [six] }, alone));
        Assert.IsType<ProvisioningOutcome.Ready>(
            await ProvisionAsync(listed.AsAdmin() with { Endpoints = [new("127.0.0.1", UnusedPort()), six] }, listed));
    }

    [Fact]
    public async Task The_refusal_of_a_living_server_is_told_before_the_silence_of_a_dead_one()
    {
        await using var server = await TestPostgresServer.StartAsync(Token);
        var tenant = Tenant.On(server);
        var wrong = tenant.AsAdmin() with { Password = new Password("wrong"), Endpoints = [new("127.0.0.1", UnusedPort()), EndpointOf(server)] };

        var exception = await Assert.ThrowsAnyAsync<NpgsqlException>(() => ProvisionAsync(wrong, tenant));

        Assert.Equal(PostgresReasons.AuthenticationFailed, PostgresFailure.From(exception)!.Reason);
    }

    private static Task<TestPostgresServer> StartAsync(int major) =>
        TestPostgresServer.StartAsync(new TestPostgresOptions { Binaries = PostgresBinaries.Find(major) }, Token);

    private static PostgresEndpoint EndpointOf(TestPostgresServer server) => new(TestPostgresServer.Host, server.Port);

    private static Task<ProvisioningOutcome> ProvisionAsync(PostgresServer server, Tenant tenant) =>
        Servers.Provisioner().ProvisionAsync(server, tenant.Wanted, Token);

    private static int UnusedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static bool HasIPv6Loopback()
    {
        try
        {
            using var listener = new TcpListener(IPAddress.IPv6Loopback, 0);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
