using System.Text;
using System.Text.Json.Nodes;
using Npgsql;
using Provisioning.ClusterDataSources;
using Provisioning.Resources;
using Provisioning.Tests.Postgres;
using TestPostgres;

namespace Provisioning.Tests.ClusterDataSources;

/// <summary>Clients that open new connections throughout a rotation, on a real server.</summary>
public sealed class RotationWithoutOutageTests : IClassFixture<PostgresFixture>
{
    private static readonly TimeSpan Grace = new ClusterDataSourceOptions().RetireGracePeriod;
    private readonly TestPostgresServer server;
    private readonly World world = new(Servers.Provisioner());
    private readonly ClusterDataSourceReconciler reconciler;
    private readonly string schema = $"tenant_berlin_{Guid.NewGuid().ToString("N")[..5]}";

    public RotationWithoutOutageTests(PostgresFixture fixture)
    {
        server = fixture.Server;
        reconciler = world.NewReconciler();
        world.Kubernetes.Put(World.Credentials(server.Admin.Password, server.Admin.Name));
        world.Kubernetes.Edit<Secret>(World.Tenant, "db-ca", new JsonObject
        {
            ["data"] = new JsonObject { ["root.pem"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(server.CertificateAuthority.CertificatePem)) },
        });
        world.PutDataSource("main", TestPostgresServer.Host, port: server.Port);
        world.PutClusterDataSource();
        world.Kubernetes.Edit<ClusterDataSource>(World.Tenant, World.Cluster, new JsonObject { ["spec"] = new JsonObject { ["schema"] = schema } });
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_connection_fails_from_before_the_request_until_the_former_password_is_gone()
    {
        await RunAsync();
        world.PutRelease("berlin-kine");
        var formerDsn = world.Dsn("berlin-kine");
        await using var former = new ConnectingClient(formerDsn, server.CertificateAuthorityFile);
        await former.WriteAsync(20, Token);

        world.Annotate(AnnotationNames.Rotate, "2026-11-21T12:00:00Z");
        await RunAsync();
        var name = world.Status.KineDataSourceSecret!;
        Assert.StartsWith("berlin-kine-", name, StringComparison.Ordinal);
        await using var current = new ConnectingClient(world.Dsn(name), server.CertificateAuthorityFile);
        await former.WriteAsync(20, Token);
        await current.WriteAsync(20, Token);

        // Control planes roll for longer than the grace period, one after the other.
        world.PutRelease(name);
        await RunAsync(TimeSpan.Zero, Grace, Grace);
        await former.WriteAsync(20, Token);
        var written = await former.StopAsync();
        await NoSessionAsync($"kine_{schema}");
        await RunAsync(TimeSpan.Zero, Grace, TimeSpan.Zero);

        await current.WriteAsync(20, Token);
        written += await current.StopAsync();
        Assert.Contains(world.Events, happened => happened.Reason == "FormerCredentialsRetired");
        await using var late = new NpgsqlConnection(ConnectingClient.ConnectionString(formerDsn, server.CertificateAuthorityFile));
        await Assert.ThrowsAsync<PostgresException>(() => late.OpenAsync(Token));
        Assert.Equal(written, await server.QueryAsync<long>(schema, "SELECT count(*) FROM kine", Token));
    }

    [Fact]
    public async Task Kine_itself_loses_no_key_and_answers_every_request()
    {
        Assert.SkipUnless(KineProcess.Binary is not null, "KINE_BINARY does not name a kine.");
        await RunAsync();
        var keys = 0;
        string name;
        await using (var former = await KineProcess.StartAsync(world.Dsn("berlin-kine"), server.CertificateAuthorityFile, Token))
        {
            keys = await CreateAsync(former, keys);
            world.Annotate(AnnotationNames.Rotate, "one");
            var rotating = RunAsync();
            keys = await CreateAsync(former, keys);
            await rotating;
            name = world.Status.KineDataSourceSecret!;
            Assert.StartsWith("berlin-kine-", name, StringComparison.Ordinal);
            var looking = RunAsync(TimeSpan.Zero, Grace, Grace);
            keys = await CreateAsync(former, keys);
            await looking;
        }

        await using var current = await KineProcess.StartAsync(world.Dsn(name), server.CertificateAuthorityFile, Token);
        keys = await CreateAsync(current, keys);
        await NoSessionAsync($"kine_{schema}");
        await RunAsync(TimeSpan.Zero, Grace, TimeSpan.Zero);
        Assert.Contains(world.Events, happened => happened.Reason == "FormerCredentialsRetired");
        keys = await CreateAsync(current, keys);

        for (var key = 0; key < keys; key++)
        {
            Assert.True(await current.HasAsync($"/registry/{key}", $"value-{key}", Token), $"key {key}");
        }
    }

    private static async Task<int> CreateAsync(KineProcess kine, int keys)
    {
        for (var end = keys + 25; keys < end; keys++)
        {
            await kine.CreateAsync($"/registry/{keys}", $"value-{keys}", Token);
            Assert.True(await kine.HasAsync($"/registry/{keys}", $"value-{keys}", Token));
        }

        return keys;
    }

    /// <summary>Looks after each of the waits; none: once, now.</summary>
    private async Task RunAsync(params TimeSpan[] waits)
    {
        foreach (var wait in waits.DefaultIfEmpty(TimeSpan.Zero))
        {
            world.Time.Advance(wait);
            await reconciler.ReconcileAsync(World.Key, Token);
            Assert.True(world.Status is { Ready: true, Error: null }, world.Status.ToString());
        }
    }

    /// <summary>The server notices the end of a session a moment after its client.</summary>
    private async Task NoSessionAsync(string role)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
        deadline.CancelAfter(TimeSpan.FromSeconds(60));
        while (await server.QueryAsync<long>($"SELECT count(*) FROM pg_stat_activity WHERE usename = '{role}'", deadline.Token) > 0)
        {
            deadline.Token.ThrowIfCancellationRequested();
        }
    }
}
