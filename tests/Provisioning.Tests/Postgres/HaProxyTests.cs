using Npgsql;
using Provisioning.Postgres;
using TestPostgres;

namespace Provisioning.Tests.Postgres;

/// <summary>A real HAProxy before a primary and its streaming standby, set up as docs/proxies.md says.</summary>
public sealed class HaProxyTests
{
    private static readonly string Page = File.ReadAllText(Repository.Path("docs/proxies.md"));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Matrix.Ends), MemberType = typeof(Matrix))]
    public async Task Leads_to_the_primary_and_after_a_failover_to_the_next_one(int major)
    {
        await using var set = await StartAsync(major);
        var tenant = Tenant.On(set.Primary);

        var made = Assert.IsType<ProvisioningOutcome.Ready>(await set.ProvisionAsync(tenant));
        await set.RunKineAsync(tenant);
        await set.Standby.CatchUpAsync(set.Primary, Token);
        await set.FailOverAsync();

        Assert.Empty(Assert.IsType<ProvisioningOutcome.Ready>(await set.ProvisionAsync(tenant)).Steps);
        await set.RunKineAsync(tenant);
        Assert.Equal(2L, await set.Standby.QueryAsync<long>(tenant.Database, "SELECT count(*) FROM kine", Token));
        Assert.DoesNotContain(ProvisioningWarnings.Pooled, made.Warnings);
    }

    [Theory]
    [MemberData(nameof(Matrix.Ends), MemberType = typeof(Matrix))]
    public async Task What_was_lost_with_the_old_primary_in_the_middle_of_provisioning_is_made_again_with_the_same_password(int major)
    {
        await using var set = await StartAsync(major);
        var tenant = Tenant.On(set.Primary);
        await set.Standby.StopAsync();
        var failedOver = false;
        var dying = Servers.Provisioner(faultPoint: effect =>
        {
            if (!failedOver && effect.EndsWith("ALLOW_CONNECTIONS true", StringComparison.Ordinal))
            {
                failedOver = true;
                set.FailOverToStoppedAsync().GetAwaiter().GetResult();
            }
        });

        var exception = await Assert.ThrowsAnyAsync<NpgsqlException>(() => dying.ProvisionAsync(set.AsAdmin(tenant), tenant.Wanted, Token));
        var outcome = Assert.IsType<ProvisioningOutcome.Ready>(await set.ProvisionAsync(tenant));

        Assert.True(PostgresFailure.From(exception)!.IsTransient, exception.ToString());
        Assert.Contains($"created role {tenant.Role}", outcome.Steps);
        Assert.Contains($"created database {tenant.Database}", outcome.Steps);
        await set.RunKineAsync(tenant);
    }

    [Fact]
    public async Task A_change_that_was_lost_with_the_old_primary_is_made_again()
    {
        await using var set = await StartAsync();
        var tenant = Tenant.On(set.Primary);
        Assert.IsType<ProvisioningOutcome.Ready>(await set.ProvisionAsync(tenant));
        await set.RunKineAsync(tenant);
        await set.Standby.CatchUpAsync(set.Primary, Token);
        await set.Standby.StopAsync();
        tenant = tenant with { Wanted = tenant.Wanted with { Password = PasswordGenerator.Generate(), ConnectionLimit = 9, MayCreateDatabase = false } };
        Assert.IsType<ProvisioningOutcome.Ready>(await set.ProvisionAsync(tenant));

        await set.FailOverToStoppedAsync();
        var outcome = Assert.IsType<ProvisioningOutcome.Ready>(await set.ProvisionAsync(tenant));

        Assert.Equal(2, outcome.Steps.Count);
        Assert.Contains($"set the password of role {tenant.Role}", outcome.Steps);
        await set.RunKineAsync(tenant);
        Assert.Equal(2L, await set.Standby.QueryAsync<long>(tenant.Database, "SELECT count(*) FROM kine", Token));
    }

    [Fact]
    public async Task The_servers_certificate_must_name_the_proxy()
    {
        await using var set = await StartAsync(certificateNames: [TestPostgresServer.Host]);
        var tenant = Tenant.On(set.Primary);

        var exception = await Assert.ThrowsAnyAsync<NpgsqlException>(() => set.ProvisionOnceAsync(tenant));

        Assert.Equal(PostgresReasons.CertificateInvalid, PostgresFailure.From(exception)!.Reason);
    }

    /// <param name="major">Null: the newest that is installed without npm's.</param>
    /// <param name="certificateNames">Null: the usual ones.</param>
    private static async Task<ServersBehindProxy> StartAsync(int? major = null, IReadOnlyList<string>? certificateNames = null)
    {
        Proxies.Require("haproxy");
        var options = new TestPostgresOptions { Binaries = major is { } wanted ? PostgresBinaries.Find(wanted) : null };
        return await ServersBehindProxy.StartAsync(Page, certificateNames is null ? options : options with { CertificateNames = certificateNames }, Token);
    }

    /// <summary>A primary, its standby, and the proxy before both.</summary>
    private sealed record ServersBehindProxy(TestPostgresServer Primary, TestPostgresServer Standby, TestHaProxy Proxy) : IAsyncDisposable
    {
        public static async Task<ServersBehindProxy> StartAsync(string page, TestPostgresOptions options, CancellationToken cancellationToken)
        {
            var primary = await TestPostgresServer.StartAsync(options, cancellationToken);
            var standby = await TestPostgresServer.StartAsync(options with { Primary = primary }, cancellationToken);
            return new ServersBehindProxy(primary, standby, await TestHaProxy.StartAsync(page, primary, standby, cancellationToken));
        }

        /// <summary>By the proxy's name, which the servers' certificates have and no address of theirs is.</summary>
        public PostgresServer AsAdmin(Tenant tenant) => tenant.AsAdmin() with { Endpoints = [new PostgresEndpoint("localhost", Proxy.Port)] };

        public Task<ProvisioningOutcome> ProvisionOnceAsync(Tenant tenant) => Servers.Provisioner().ProvisionAsync(AsAdmin(tenant), tenant.Wanted, Token);

        /// <summary>As the work queue does: what may pass by itself is tried again.</summary>
        public async Task<ProvisioningOutcome> ProvisionAsync(Tenant tenant)
        {
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            while (true)
            {
                try
                {
                    return await ProvisionOnceAsync(tenant);
                }
                catch (NpgsqlException exception) when (PostgresFailure.From(exception)!.IsTransient && !deadline.IsCancellationRequested)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(100), Token);
                }
            }
        }

        /// <summary>What kine does at its start, through the proxy.</summary>
        public async Task RunKineAsync(Tenant tenant)
        {
            var role = new TestRole(tenant.Role, tenant.Wanted.Password.Reveal());
            var connectionString = new NpgsqlConnectionStringBuilder(Standby.ConnectionString(role, tenant.Database)) { Host = "localhost", Port = Proxy.Port };
            await using var connection = new NpgsqlConnection(connectionString.ConnectionString);
            await connection.OpenAsync(Token);
            await using var command = new NpgsqlCommand(Tenant.KineStarts, connection);
            await command.ExecuteNonQueryAsync(Token);
        }

        public async Task FailOverAsync()
        {
            await Primary.KillAsync();
            await Standby.PromoteAsync(Token);
            await Proxy.WaitUntilOnlyAsync("db-2", Token);
        }

        public async Task FailOverToStoppedAsync()
        {
            await Primary.KillAsync();
            await Standby.StartAgainAsync();
            await Standby.PromoteAsync(Token);
            await Proxy.WaitUntilOnlyAsync("db-2", Token);
        }

        public async ValueTask DisposeAsync()
        {
            await Proxy.DisposeAsync();
            await Standby.DisposeAsync();
            await Primary.DisposeAsync();
        }
    }
}
