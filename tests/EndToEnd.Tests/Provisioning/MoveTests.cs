using System.Text.Json.Nodes;
using Provisioning.Resources;
using TestPostgres;

namespace EndToEnd.Tests.Provisioning;

/// <summary>
/// The restore that k0rdent's page describes, by real tools, and a failover behind HAProxy: against an API server, with nothing restarted or
/// edited by hand but what the errors say.
/// </summary>
[Collection(nameof(ProvisioningWorld))]
public sealed class MoveTests(ProvisioningWorld world)
{
    private const string KineStarts = "CREATE TABLE IF NOT EXISTS kine (id bigserial PRIMARY KEY, name text); INSERT INTO kine (name) VALUES ('/registry/one')";
    private const string CountRows = "SELECT count(*) FROM kine";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_ClusterDeployment_moves_to_a_base_backup_and_keeps_its_rows()
    {
        await using var controller = await world.StartControllerAsync(Token);
        await using var server = await StartAsync();
        var tenant = await TenantNamespace.CreateAsync(world);
        await tenant.ApplyDataSourceAsync("main", server.Port, server.Admin);
        await tenant.CreateClusterDeploymentAsync("berlin", "main");
        await tenant.WaitUntilReadyAsync("berlin");
        await tenant.QueryAsync("berlin", KineStarts);

        // The server that the backup was taken from is gone.
        await using var restored = await TestPostgresServer.StartAsync(new TestPostgresOptions { Primary = server }, Token);
        await restored.CatchUpAsync(server, Token);
        await restored.PromoteAsync(Token);
        var before = await tenant.DsnAsync("berlin-kine");
        await server.KillAsync();

        await tenant.ApplyDataSourceAsync("restored", restored.Port, restored.Admin);
        await MoveAsync(tenant, "restored");
        var moved = (await tenant.WaitAsync("berlin", IsReadyOn("restored"))).Status!;

        var after = await tenant.DsnAsync(moved.KineDataSourceSecret!);
        Assert.StartsWith("berlin-kine-", moved.KineDataSourceSecret, StringComparison.Ordinal);
        Assert.Equal((restored.Port, before.Password.Reveal()), (after.Endpoints[0].Port, after.Password.Reveal()));
        Assert.Equal(2L, await tenant.QueryAsync("berlin", $"{KineStarts}; {CountRows}"));
    }

    [Fact]
    public async Task A_ClusterDeployment_moves_to_a_dump_as_the_errors_say()
    {
        await using var controller = await world.StartControllerAsync(Token);
        await using var restored = await StartAsync();
        var tenant = await TenantNamespace.CreateAsync(world);
        await tenant.ApplyDataSourceAsync("main", world.Server.Port, world.Server.Admin);
        await tenant.CreateClusterDeploymentAsync("berlin", "main");
        await tenant.WaitUntilReadyAsync("berlin");
        await tenant.QueryAsync("berlin", KineStarts);
        var before = await tenant.DsnAsync("berlin-kine");

        await tenant.ApplyDataSourceAsync("restored", restored.Port, restored.Admin);
        await MoveAsync(tenant, "restored");
        await tenant.WaitAsync("berlin", HasError("DatabaseMissing"));
        Assert.Equal(0, await restored.QueryAsync<long>($"SELECT count(*) FROM pg_database WHERE datname = '{before.Database}'", Token));

        var dump = Path.Combine(world.Server.ExchangeFolder, $"{tenant.Name}.sql");
        await world.Server.RunProgramAsync("pg_dump", before.Database.Value, ["--create", "--no-comments", "--file", dump], Token);
        await restored.RunProgramAsync("psql", "postgres", ["--quiet", "--no-psqlrc", "--file", dump], Token);
        foreach (var reason in new[] { "NameConflict", "AdminPrivilegeMissing" })
        {
            await RunWhatItSaysAsync(restored, (await tenant.WaitAsync("berlin", HasError(reason))).Status!.Error!);
        }

        var moved = (await tenant.WaitAsync("berlin", IsReadyOn("restored"))).Status!;

        Assert.Equal(before.Password.Reveal(), (await tenant.DsnAsync(moved.KineDataSourceSecret!)).Password.Reveal());
        Assert.Equal(2L, await tenant.QueryAsync("berlin", $"{KineStarts}; {CountRows}"));
    }

    [Fact]
    public async Task A_cluster_behind_HAProxy_outlives_a_failover()
    {
        // scripts/test.sh installs HAProxy where it can. In CI it must be there: the test fails without.
        Assert.SkipUnless(
            InstalledProgram.Find("haproxy") is not null || Environment.GetEnvironmentVariable("CI") == "true",
            "haproxy is not installed: run scripts/prerequisites.sh haproxy.");
        await using var controller = await world.StartControllerAsync(Token);
        await using var primary = await StartAsync();
        await using var standby = await TestPostgresServer.StartAsync(new TestPostgresOptions { Primary = primary }, Token);
        await using var proxy = await TestHaProxy.StartAsync(await File.ReadAllTextAsync(Repository.Path("docs/proxies.md"), Token), primary, standby, Token);
        var tenant = await TenantNamespace.CreateAsync(world);
        await tenant.ApplyDataSourceAsync("main", proxy.Port, primary.Admin);
        await tenant.CreateClusterDataSourceAsync("berlin");
        await tenant.WaitUntilReadyAsync("berlin");
        await tenant.QueryAsync("berlin", KineStarts);
        var before = await tenant.DsnAsync("berlin-kine");
        await standby.CatchUpAsync(primary, Token);

        await primary.KillAsync();
        await tenant.CreateClusterDataSourceAsync("paris");
        await standby.PromoteAsync(Token);

        await tenant.WaitUntilReadyAsync("paris");
        await tenant.QueryAsync("paris", KineStarts);
        Assert.True(before.Reveal() == (await tenant.DsnAsync("berlin-kine")).Reveal());
        Assert.Equal(2L, await tenant.QueryAsync("berlin", $"{KineStarts}; {CountRows}"));
    }

    /// <summary>With the world's CA, which the DataSources' Secret holds.</summary>
    private Task<TestPostgresServer> StartAsync() =>
        TestPostgresServer.StartAsync(new TestPostgresOptions { CertificateAuthority = world.Server.CertificateAuthority }, Token);

    private static Task MoveAsync(TenantNamespace tenant, string dataSource) =>
        tenant.PatchAsync<ClusterDeployment>("berlin", new JsonObject { ["spec"] = new JsonObject { ["dataSource"] = dataSource } });

    private static Func<ClusterDataSource, bool> IsReadyOn(string dataSource) => found =>
        found.Spec!.DataSource == dataSource && found.Status is { Ready: true, Error: null } status && status.ObservedGeneration == found.Metadata.Generation;

    private static Func<ClusterDataSource, bool> HasError(string reason) =>
        found => found.Status?.Error?.StartsWith($"{reason}: ", StringComparison.Ordinal) == true;

    /// <summary>As the server's administrator: the statements after " by ", where the error says.</summary>
    private static async Task RunWhatItSaysAsync(TestPostgresServer server, string error)
    {
        var database = "postgres";
        foreach (var part in error.Split(" by ", 2)[1].Split("; "))
        {
            var statement = part;
            if (part.StartsWith("in database ", StringComparison.Ordinal) && part.Split(": ", 2) is [var where, var first])
            {
                (database, statement) = (where["in database ".Length..], first);
            }

            await server.ExecuteAsync(server.Superuser, database, statement, Token);
        }
    }
}
