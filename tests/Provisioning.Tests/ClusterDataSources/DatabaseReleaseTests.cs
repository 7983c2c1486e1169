using System.Text.Json.Nodes;
using Provisioning.ClusterDataSources;
using Provisioning.Kubernetes;
using Provisioning.Postgres;
using Provisioning.Reconciliation;
using Provisioning.Resources;

namespace Provisioning.Tests.ClusterDataSources;

public sealed class DatabaseReleaseTests
{
    private readonly World world = new();

    [Fact]
    public async Task Drops_the_role_keeps_the_database_and_lets_the_object_go()
    {
        world.PutClusterDataSource();
        await world.ReconcileAsync();
        world.DeleteClusterDataSource();

        var result = await world.ReconcileAsync();

        Assert.Equal(ReconcileResult.Done, result);
        Assert.Empty(world.Server.Roles);
        Assert.Single(world.Server.Databases);
        Assert.Null(world.Kubernetes.Find<ClusterDataSource>(World.Tenant, World.Cluster));
        Assert.Null(world.Secret("berlin-kine"));
        Assert.Null(world.Secret("berlin-kine-ca"));
        Assert.Contains(world.Events, happened => happened.Reason == "Released" && happened.Note.Contains("is kept", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Keeps_the_finalizers_of_others()
    {
        world.PutClusterDataSource();
        await world.ReconcileAsync();
        world.Kubernetes.Edit<ClusterDataSource>(
            World.Tenant, World.Cluster, new JsonObject { ["metadata"] = new JsonObject { ["finalizers"] = new JsonArray("other.example/x", ClusterDataSource.Finalizer) } });
        world.DeleteClusterDataSource();

        await world.ReconcileAsync();
        await world.ReconcileAsync();

        Assert.Equal("other.example/x", Assert.Single(world.Stored.Metadata.Finalizers!));
        Assert.Empty(world.Server.Roles);
    }

    [Fact]
    public async Task Lets_an_object_go_at_once_for_which_nothing_was_ever_done()
    {
        world.PutClusterDataSource("missing");
        world.DeleteClusterDataSource();

        await world.ReconcileAsync();

        Assert.Null(world.Kubernetes.Find<ClusterDataSource>(World.Tenant, World.Cluster));
        Assert.Equal(0, world.Postgres.Calls);
    }

    [Fact]
    public async Task Releases_what_was_begun_although_the_status_and_the_Secret_are_lost()
    {
        world.PutClusterDataSource();
        await world.ReconcileAsync();
        world.ForgetStatus();
        world.DeleteSecret("berlin-kine");
        world.DeleteClusterDataSource();

        await world.ReconcileAsync();

        Assert.Empty(world.Server.Roles);
        Assert.Null(world.Kubernetes.Find<ClusterDataSource>(World.Tenant, World.Cluster));
    }

    [Theory]
    [InlineData("datasources", "main", "DataSourceNotFound")]
    [InlineData("secrets", "db-admin", "SecretNotFound")]
    [InlineData("secrets", "db-ca", "SecretNotFound")]
    public async Task Waits_visibly_when_the_way_to_the_server_is_lost_until_it_is_released(string plural, string name, string reason)
    {
        world.PutClusterDataSource();
        await world.ReconcileAsync();
        world.DeleteClusterDataSource();
        world.Kubernetes.Remove(plural, World.Key with { Name = name });

        var result = await world.ReconcileAsync();

        Assert.InRange(result.RequeueAfter!.Value, TimeSpan.FromSeconds(0.5), RetryDelays.Maximum);
        Assert.StartsWith(reason, world.Status.Error, StringComparison.Ordinal);
        Assert.False(world.Status.Ready);
        Assert.NotNull(world.Secret("berlin-kine"));

        world.Annotate(AnnotationNames.Release, "true");
        await world.ReconcileAsync();

        Assert.Null(world.Kubernetes.Find<ClusterDataSource>(World.Tenant, World.Cluster));
        Assert.Contains(
            world.Events,
            happened => happened is { Reason: "LeftBehind", Type: "Warning" }
                && happened.Note.Contains("role kine_tenant_berlin_9fvwr and database tenant_berlin_9fvwr", StringComparison.Ordinal)
                && happened.Note.Contains(reason, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Waits_for_a_server_that_is_away_and_goes_on_when_it_is_back()
    {
        world.PutClusterDataSource();
        await world.ReconcileAsync();
        world.DeleteClusterDataSource();
        world.Postgres.Failure = new TimeoutException();

        await world.ReconcileAsync();
        Assert.NotNull(world.Status.Error);
        Assert.Single(world.Server.Roles);

        world.Postgres.Failure = null;
        await world.ReconcileAsync();
        Assert.Empty(world.Server.Roles);
        Assert.Null(world.Kubernetes.Find<ClusterDataSource>(World.Tenant, World.Cluster));
    }

    [Fact]
    public async Task Says_what_stands_in_the_way_and_that_access_is_cut()
    {
        world.PutClusterDataSource();
        await world.ReconcileAsync();
        world.DeleteClusterDataSource();
        world.Postgres.ReleaseOutcome = new ReleaseOutcome.Blocked("RoleOwnsObjects", "it owns things elsewhere", AccessIsCut: true);

        await world.ReconcileAsync();

        Assert.Equal("RoleOwnsObjects: it owns things elsewhere (the role can no longer log in)", world.Status.Error);
        Assert.NotNull(world.Secret("berlin-kine"));
    }

    [Fact]
    public async Task Still_drops_the_role_where_it_can_although_the_annotation_is_set()
    {
        world.PutClusterDataSource();
        await world.ReconcileAsync();
        world.Annotate(AnnotationNames.Release, "true");
        world.DeleteClusterDataSource();

        await world.ReconcileAsync();

        Assert.Empty(world.Server.Roles);
        Assert.DoesNotContain(world.Events, happened => happened.Reason == "LeftBehind");
    }

    [Fact]
    public async Task Comes_back_soon_while_somebody_else_works_on_the_database()
    {
        world.PutClusterDataSource();
        await world.ReconcileAsync();
        world.DeleteClusterDataSource();
        world.Postgres.ReleaseOutcome = new ReleaseOutcome.Busy();

        Assert.Equal(CloserLook.BusyDelay, (await world.ReconcileAsync()).RequeueAfter);

        Assert.NotNull(world.Stored);
    }

    [Theory]
    [InlineData("berlin-kine", false, true)]
    [InlineData("berlin-kine", true, false)]
    [InlineData("somebody-elses-kine", false, false)]
    public async Task Waits_for_the_cluster_that_runs_on_the_database(string usedSecret, bool isReleased, bool waits)
    {
        world.PutClusterDataSource();
        await world.ReconcileAsync();
        world.PutRelease(usedSecret);
        if (isReleased)
        {
            world.Annotate(AnnotationNames.Release, "true");
        }

        world.DeleteClusterDataSource();
        var result = await world.ReconcileAsync();

        if (waits)
        {
            Assert.StartsWith("ClusterStillRuns: ", world.Status.Error, StringComparison.Ordinal);
            Assert.InRange(result.RequeueAfter!.Value, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(5));
            Assert.Single(world.Server.Roles);
            Assert.NotNull(world.Secret("berlin-kine"));
            world.Kubernetes.Remove("helmreleases", World.Key);
            await world.ReconcileAsync();
        }

        Assert.Empty(world.Server.Roles);
        Assert.Null(world.Kubernetes.Find<ClusterDataSource>(World.Tenant, World.Cluster));
    }

    [Fact]
    public async Task Looks_again_within_seconds_however_long_the_cluster_runs()
    {
        world.PutClusterDataSource();
        await world.ReconcileAsync();
        world.PutRelease("berlin-kine");
        world.DeleteClusterDataSource();
        var reconciler = world.NewReconciler();

        for (var look = 0; look < 10; look++)
        {
            var result = await reconciler.ReconcileAsync(World.Key, TestContext.Current.CancellationToken);
            Assert.InRange(result.RequeueAfter!.Value, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(5));
        }
    }

    [Fact]
    public async Task Leaves_a_Secret_of_somebody_else_alone()
    {
        world.PutClusterDataSource();
        world.Kubernetes.Put(new Secret { Metadata = new ObjectMeta { Namespace = World.Tenant, Name = "berlin-kine" } });
        await world.ReconcileAsync();
        world.DeleteClusterDataSource();

        await world.ReconcileAsync();

        Assert.NotNull(world.Secret("berlin-kine"));
        Assert.Null(world.Kubernetes.Find<ClusterDataSource>(World.Tenant, World.Cluster));
    }
}
