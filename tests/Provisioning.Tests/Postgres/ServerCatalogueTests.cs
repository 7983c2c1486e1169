using Provisioning.Postgres;

namespace Provisioning.Tests.Postgres;

/// <summary>A catalogue that shows as wanted what is not would let drift pass.</summary>
public sealed class ServerCatalogueTests(PostgresServers servers)
{
    /// <summary>What can be seen from outside; no catalogue tells a password.</summary>
    private static readonly (string Sql, string Step)[] ByHand =
        [.. DriftTests.ByHandOutside.Where(change => !change.Sql.Contains("PASSWORD", StringComparison.Ordinal))];

    private readonly DatabaseProvisioner provisioner = Servers.Provisioner();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Matrix.All), MemberType = typeof(Matrix))]
    public async Task Shows_what_was_provisioned_as_wanted_and_every_change_by_hand_as_not(int major, bool asSuperuser)
    {
        var tenant = Tenant.On(await servers.GetAsync(major), asSuperuser);
        Assert.False(await IsAsWantedAsync(tenant));
        await ProvisionAsync(tenant);
        Assert.True(await IsAsWantedAsync(tenant));

        foreach (var (sql, _) in ByHand)
        {
            await tenant.Server.ExecuteAsync(DriftTests.Fill(sql, tenant), Token);
            Assert.False(await IsAsWantedAsync(tenant), sql);

            await ProvisionAsync(tenant);
            Assert.True(await IsAsWantedAsync(tenant), $"mended: {sql}");
        }
    }

    [Theory]
    [MemberData(nameof(Matrix.All), MemberType = typeof(Matrix))]
    public async Task Shows_a_former_login_and_a_broken_second_role_as_not_wanted(int major, bool asSuperuser)
    {
        var tenant = Tenant.On(await servers.GetAsync(major), asSuperuser);
        await ProvisionAsync(tenant);
        tenant = tenant with { Wanted = tenant.Wanted with { SecondLogsIn = true, Password = PasswordGenerator.Generate() } };
        Assert.False(await IsAsWantedAsync(tenant));
        await ProvisionAsync(tenant);

        // Both still log in: until the former one is retired, somebody has to look.
        Assert.False(await IsAsWantedAsync(tenant));
        await ProvisionAsync(tenant with { Wanted = tenant.Wanted with { RetiresFormer = true } });
        Assert.True(await IsAsWantedAsync(tenant));

        var second = tenant.Wanted.SecondRole!.Value.Quoted;
        foreach (var change in new[] { $"ALTER ROLE {second} RESET role", $"REVOKE {tenant.Wanted.Role.Quoted} FROM {second}", $"COMMENT ON ROLE {second} IS 'another'" })
        {
            // From 16 on a grant is taken back only by who gave it.
            await tenant.Server.ExecuteAsync(tenant.Admin, "postgres", change, Token);
            Assert.False(await IsAsWantedAsync(tenant), change);
            await tenant.Server.ExecuteAsync($"COMMENT ON ROLE {second} IS '{tenant.Wanted.Mark.Text}'", Token);
            await ProvisionAsync(tenant);
            Assert.True(await IsAsWantedAsync(tenant), $"mended: {change}");
        }
    }

    [Theory]
    [MemberData(nameof(Matrix.Each), MemberType = typeof(Matrix))]
    public async Task Shows_a_neighbours_database_as_not_wanted(int major)
    {
        var tenant = Tenant.On(await servers.GetAsync(major));
        await ProvisionAsync(tenant);

        Assert.False(await IsAsWantedAsync(tenant with { Wanted = tenant.Wanted with { Mark = new OwnerMark("another") } }));
        Assert.False(await IsAsWantedAsync(tenant with { Wanted = tenant.Wanted with { ConnectionLimit = 8 } }));
        Assert.False(await IsAsWantedAsync(tenant with { Wanted = tenant.Wanted with { Role = new PostgresIdentifier("another") } }));
    }

    private async Task ProvisionAsync(Tenant tenant) =>
        Assert.IsType<ProvisioningOutcome.Ready>(await provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token));

    private static async Task<bool> IsAsWantedAsync(Tenant tenant) =>
        (await Servers.Catalogues().ReadAsync(tenant.AsAdmin(), Token)).IsAsWanted(tenant.Wanted);
}
