using Provisioning.Postgres;
using TestPostgres;

namespace Provisioning.Tests.Postgres;

/// <summary>A restored server with another admin than the one that made things.</summary>
public sealed class AnotherAdminTests(PostgresServers servers)
{
    private readonly DatabaseProvisioner provisioner = Servers.Provisioner();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Matrix.Each), MemberType = typeof(Matrix))]
    public async Task Is_told_the_exact_statements_that_make_it_work(int major)
    {
        var server = await servers.GetAsync(major);
        var tenant = Tenant.On(server);
        Assert.IsType<ProvisioningOutcome.Ready>(await provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token));
        await tenant.StartKineAsync(Token);
        var other = TestRole.WithRandomPassword($"restorer{Guid.NewGuid():N}"[..16]);
        await server.ExecuteAsync($"CREATE ROLE {other.Name} LOGIN CREATEDB CREATEROLE PASSWORD '{other.Password}'", Token);
        tenant = tenant with { Admin = other };

        var outcome = await provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token);

        var refused = Assert.IsType<ProvisioningOutcome.Refused>(outcome);
        Assert.Equal(PostgresReasons.AdminPrivilegeMissing, refused.Reason);
        string[] statements =
        [
            .. major >= 16 ? [$"GRANT {tenant.Wanted.Role.Quoted} TO \"{other.Name}\" WITH ADMIN OPTION"] : Array.Empty<string>(),
            $"ALTER DATABASE {tenant.Wanted.Database.Quoted} OWNER TO \"{other.Name}\"",
        ];
        Assert.EndsWith(string.Join("; ", statements), refused.Message, StringComparison.Ordinal);
        foreach (var statement in statements)
        {
            await server.ExecuteAsync(statement, Token);
        }

        Assert.IsType<ProvisioningOutcome.Ready>(await provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token));
        var released = await provisioner.ReleaseAsync(
            tenant.AsAdmin(), tenant.Release, Token);
        Assert.IsType<ReleaseOutcome.Released>(released);
    }

    [Theory]
    [MemberData(nameof(Matrix.Each), MemberType = typeof(Matrix))]
    public async Task Cannot_release_and_says_what_it_needs(int major)
    {
        var server = await servers.GetAsync(major);
        var tenant = Tenant.On(server);
        await provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token);
        var other = TestRole.WithRandomPassword($"restorer{Guid.NewGuid():N}"[..16]);
        await server.ExecuteAsync($"CREATE ROLE {other.Name} LOGIN PASSWORD '{other.Password}'", Token);

        var outcome = await provisioner.ReleaseAsync(
            Servers.Of(server, other), tenant.Release, Token);

        var blocked = Assert.IsType<ReleaseOutcome.Blocked>(outcome);
        Assert.Equal(PostgresReasons.AdminPrivilegeMissing, blocked.Reason);
        Assert.False(blocked.AccessIsCut);
        await using var session = await tenant.LoginAsync(Token);
    }

    [Fact]
    public async Task Without_CREATEROLE_and_CREATEDB_is_told_to_get_them()
    {
        var server = await servers.GetAsync(15);
        var tenant = Tenant.On(server);
        var weak = TestRole.WithRandomPassword($"weak{Guid.NewGuid():N}"[..16]);
        await server.ExecuteAsync($"CREATE ROLE {weak.Name} LOGIN PASSWORD '{weak.Password}'", Token);

        var outcome = await provisioner.ProvisionAsync(Servers.Of(server, weak), tenant.Wanted, Token);

        Assert.EndsWith(
            $"ALTER ROLE \"{weak.Name}\" CREATEROLE; ALTER ROLE \"{weak.Name}\" CREATEDB",
            Assert.IsType<ProvisioningOutcome.Refused>(outcome).Message,
            StringComparison.Ordinal);
    }
}
