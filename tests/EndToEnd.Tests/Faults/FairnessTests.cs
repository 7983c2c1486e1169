using System.Globalization;
using System.Net;
using System.Net.Sockets;
using EndToEnd.Tests.Provisioning;
using TestPostgres;

namespace EndToEnd.Tests.Faults;

/// <summary>What is wrong with one server does not concern the clusters of the others.</summary>
[Collection(KillWorld.Name)]
public sealed class FairnessTests(KillWorld world)
{
    private const int ClustersOfEach = 8;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Servers_that_are_silent_full_closed_or_strangers_cost_the_others_nothing()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start(backlog: 100);
        await using var strange = await TestPostgresServer.StartAsync(new TestPostgresOptions { CertificateNames = ["db.example.org"] }, Token);
        await using var full = await TestPostgresServer.StartAsync(Token);
        await full.ExecuteAsync($"ALTER ROLE {full.Admin.Name} CONNECTION LIMIT 0", Token);
        var tenant = await TenantNamespace.CreateAsync(world.World);
        await tenant.ApplyDataSourceAsync();
        await tenant.CreateDataSourceAsync("silent", ((IPEndPoint)silent.LocalEndpoint).Port);
        await CreateDataSourceAsync(tenant, "strange", strange, strange.Admin.Password);
        await CreateDataSourceAsync(tenant, "full", full, full.Admin.Password);
        await CreateDataSourceAsync(tenant, "closed", full, "wrong");

        // No attempt at the silent server ends during this test, and there is one worker more than that server may hold.
        await using var controller = ControllerProcess.Start(
            world.Kubeconfig,
            tenant.Name,
            killAt: null,
            ("Postgres:ConnectTimeout", "00:01:00"),
            ("Postgres:MaxConcurrencyPerServer", "2"),
            ("Provisioning:Workers", "3"));
        foreach (var bad in new[] { "silent", "strange", "full", "closed" })
        {
            foreach (var cluster in Names(bad))
            {
                await tenant.CreateClusterDataSourceAsync(cluster, bad);
            }
        }

        await ShowsAsync(tenant, "strange", "CertificateInvalid: ");
        await ShowsAsync(tenant, "full", "TooManyConnections: ");
        await ShowsAsync(tenant, "closed", "AuthenticationFailed: ");
        foreach (var cluster in Names("main"))
        {
            await tenant.CreateClusterDataSourceAsync(cluster);
        }

        foreach (var cluster in Names("main"))
        {
            await tenant.WaitUntilReadyAsync(cluster);
        }

        Assert.True(silent.Pending(), "The silent server was never asked.");
        Assert.Equal(0, await controller.StopAsync(Token));
    }

    private static IEnumerable<string> Names(string dataSource) =>
        Enumerable.Range(0, ClustersOfEach).Select(number => string.Create(CultureInfo.InvariantCulture, $"{dataSource}-{number}"));

    private static async Task CreateDataSourceAsync(TenantNamespace tenant, string name, TestPostgresServer server, string password)
    {
        await tenant.CreateSecretAsync($"{name}-auth", ("username", server.Admin.Name), ("password", password));
        await tenant.CreateSecretAsync($"{name}-ca", ("ca.crt", server.CertificateAuthority.CertificatePem));
        await tenant.CreateDataSourceAsync(name, server.Port, $"{name}-auth", $"{name}-ca");
    }

    private static async Task ShowsAsync(TenantNamespace tenant, string dataSource, string reason)
    {
        foreach (var cluster in Names(dataSource))
        {
            await tenant.WaitAsync(cluster, found => found.Status?.Error?.StartsWith(reason, StringComparison.Ordinal) == true);
        }
    }
}
