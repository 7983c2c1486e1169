using System.Text.Json.Nodes;
using Provisioning.ClusterDataSources;
using Provisioning.Postgres;
using Provisioning.Resources;
using Provisioning.Tests.Postgres;
using TestPostgres;

namespace Provisioning.Tests.ClusterDataSources;

/// <summary>The controller against real servers: what the servers in memory promise must be true.</summary>
public sealed class RealServerTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>
{
    private const string KineStarts = RealWorld.KineStarts;

    private readonly RealWorld real = new();

    private World World => real.World;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_cluster_lives_from_creation_to_deletion()
    {
        // Names depend on the schema alone, and this class shares a server.
        var schema = real.Use(fixture.Server, "alpha");
        await World.ReconcileAsync();
        Assert.True(World.Status is { Ready: true, Error: null }, World.Status.ToString());

        await real.QueryAsync(World.Status.KineDataSourceSecret!, KineStarts);
        await World.ReconcileAsync();
        Assert.True(World.Status is { Ready: true, Error: null }, World.Status.ToString());
        var dsn = KineDsn.Parse(World.Dsn("berlin-kine"))!;

        World.DeleteClusterDataSource();
        await World.ReconcileAsync();

        Assert.Null(World.Kubernetes.Find<ClusterDataSource>(World.Tenant, World.Cluster));
        Assert.Equal(0, await fixture.Server.QueryAsync<long>($"SELECT count(*) FROM pg_roles WHERE rolname = '{dsn.Role}'", Token));
        Assert.Equal(1, await fixture.Server.QueryAsync<long>(schema, "SELECT count(*) FROM kine", Token));
    }

    [Fact]
    public async Task A_lost_Secret_ends_in_a_new_password_that_logs_in()
    {
        real.Use(fixture.Server, "beta");
        await World.ReconcileAsync();
        await real.QueryAsync("berlin-kine", KineStarts);
        World.DeleteSecret("berlin-kine");

        await World.ReconcileAsync();

        Assert.StartsWith("berlin-kine-", World.Status.KineDataSourceSecret, StringComparison.Ordinal);
        await real.QueryAsync(World.Status.KineDataSourceSecret!, KineStarts);
    }

    [Fact]
    public async Task A_cluster_follows_to_a_physical_copy_and_keeps_its_rows()
    {
        await using var first = await TestPostgresServer.StartAsync(Token);
        real.Use(first, "gamma");
        await World.ReconcileAsync();
        await real.QueryAsync("berlin-kine", KineStarts);
        await using var copy = await TestPostgresServer.StartAsync(new TestPostgresOptions { Primary = first }, Token);
        await copy.PromoteAsync(Token);
        await first.KillAsync();

        World.PutDataSource("restored", TestPostgresServer.Host, port: copy.Port);
        World.PointTo("restored");
        await World.ReconcileAsync();

        Assert.True(World.Status is { Ready: true, Error: null, ObservedGeneration: 2 }, World.Status.ToString());
        Assert.Contains($":{copy.Port}/", World.Dsn(World.Status.KineDataSourceSecret!), StringComparison.Ordinal);
        Assert.Equal(2L, await real.QueryAsync(World.Status.KineDataSourceSecret!, $"{KineStarts}; SELECT count(*) FROM kine"));
    }

    [Fact]
    public async Task A_cluster_waits_for_its_database_on_a_new_server_and_goes_on_when_it_was_restored()
    {
        await using var other = await TestPostgresServer.StartAsync(new TestPostgresOptions { CertificateAuthority = fixture.Server.CertificateAuthority }, Token);
        var schema = real.Use(fixture.Server, "delta");
        await World.ReconcileAsync();
        var mark = await fixture.Server.QueryAsync<string>(
            $"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{schema}'", Token);
        real.PutCredentials(other.Admin);
        World.PutDataSource("restored", TestPostgresServer.Host, port: other.Port);
        World.PointTo("restored");

        await World.ReconcileAsync();
        Assert.StartsWith("DatabaseMissing: ", World.Status.Error, StringComparison.Ordinal);
        Assert.Equal("berlin-kine", World.Status.KineDataSourceSecret);

        // As pg_dump -C and a database administrator would leave it: rows that belong to nobody of ours, and the mark set.
        await other.ExecuteAsync(other.Admin, "postgres", $"CREATE DATABASE {schema} TEMPLATE template0", Token);
        await other.ExecuteAsync(other.Admin, schema, KineStarts, Token);
        await other.ExecuteAsync(other.Admin, "postgres", $"COMMENT ON DATABASE {schema} IS '{mark}'", Token);
        await World.ReconcileAsync();

        Assert.True(World.Status is { Ready: true, Error: null }, World.Status.ToString());
        Assert.Equal(2L, await real.QueryAsync(World.Status.KineDataSourceSecret!, $"{KineStarts}; SELECT count(*) FROM kine"));
    }

    [Fact]
    public async Task A_wrong_admin_password_is_shown_and_a_deletion_waits_for_the_right_one()
    {
        real.Use(fixture.Server, "epsilon");
        await World.ReconcileAsync();
        World.Kubernetes.Put(World.Credentials("wrong", fixture.Server.Admin.Name));
        World.DeleteClusterDataSource();

        await World.ReconcileAsync();
        Assert.StartsWith("AuthenticationFailed: ", World.Status.Error, StringComparison.Ordinal);

        real.PutCredentials(fixture.Server.Admin);
        await World.ReconcileAsync();
        Assert.Null(World.Kubernetes.Find<ClusterDataSource>(World.Tenant, World.Cluster));
    }

    [Theory]
    [InlineData(true, "AuthenticationFailed", "28P01")]
    [InlineData(false, "ServerUnreachable", "ConnectionRefused")]
    public async Task A_deletion_that_a_server_stands_in_the_way_of_says_why_in_an_Event_and_ends_when_a_person_says_so(
        bool refuses, string reason, string meaning)
    {
        await using var server = await TestPostgresServer.StartAsync(Token);
        real.Use(server, "eta");
        await World.ReconcileAsync();
        if (refuses)
        {
            World.Kubernetes.Put(World.Credentials("wrong", server.Admin.Name));
        }
        else
        {
            await server.StopAsync();
        }

        World.DeleteClusterDataSource();
        await World.ReconcileAsync();
        Assert.StartsWith($"{reason}: ", World.Status.Error, StringComparison.Ordinal);
        Assert.Contains(
            World.Events, happened => happened is { Type: "Warning", Action: "Release" } && happened.Reason == reason && happened.Note.Contains(meaning, StringComparison.Ordinal));

        World.Annotate(AnnotationNames.Release, "true");
        await World.ReconcileAsync();
        Assert.Null(World.Kubernetes.Find<ClusterDataSource>(World.Tenant, World.Cluster));
        Assert.Contains(
            World.Events,
            happened => happened is { Type: "Warning", Reason: "LeftBehind" } && happened.Note.Contains("role kine_tenant_berlin_eta and database tenant_berlin_eta", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_that_is_away_leaves_ready_as_it_was()
    {
        await using var server = await TestPostgresServer.StartAsync(Token);
        real.Use(server, "zeta");
        await World.ReconcileAsync();
        await server.StopAsync();

        await World.ReconcileAsync();
        Assert.StartsWith("ServerUnreachable: ", World.Status.Error, StringComparison.Ordinal);
        Assert.True(World.Status.Ready);

        await server.StartAgainAsync();
        await World.ReconcileAsync();
        Assert.True(World.Status is { Ready: true, Error: null });
    }

    [Fact]
    public async Task A_server_without_the_database_postgres_is_reached_by_the_one_that_an_annotation_names()
    {
        await using var server = await TestPostgresServer.StartAsync(Token);
        await server.ExecuteAsync("CREATE DATABASE admins", Token);
        await server.ExecuteAsync(server.Superuser, "admins", "DROP DATABASE postgres", Token);
        real.Use(server, "eta");
        await World.ReconcileAsync();
        Assert.StartsWith("MaintenanceDatabaseMissing: ", World.Status.Error, StringComparison.Ordinal);

        World.Kubernetes.Edit<DataSource>(World.Tenant, "main", new JsonObject
        {
            ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [AnnotationNames.MaintenanceDatabase] = "admins" } },
        });
        await World.ReconcileAsync();

        Assert.True(World.Status is { Ready: true, Error: null }, World.Status.ToString());
        await real.QueryAsync("berlin-kine", KineStarts);
    }
}
