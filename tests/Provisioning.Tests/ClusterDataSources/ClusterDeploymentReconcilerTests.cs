using System.Net;
using System.Text.Json.Nodes;
using Provisioning.Kubernetes;
using Provisioning.Reconciliation;
using Provisioning.Resources;

namespace Provisioning.Tests.ClusterDataSources;

public sealed class ClusterDeploymentReconcilerTests : ClusterDeploymentTest
{
    [Fact]
    public async Task Makes_after_a_grace_period_what_kcm_would_make()
    {
        var uid = PutClusterDeployment("main");

        Assert.Equal(TimeSpan.FromSeconds(3), (await RunAsync()).RequeueAfter);
        Assert.Null(Made);
        World.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(ReconcileResult.Done, await RunAsync());

        var made = Made!;
        Assert.Equal("main", made.Spec!.DataSource);
        Assert.Matches("^tenant_berlin_[bcdfghjklmnpqrstvwxz2456789]{5}$", made.Spec.Schema);
        Assert.Equal(ClusterDataSource.Finalizer, Assert.Single(made.Metadata.Finalizers!));
        Assert.Equal("true", made.Metadata.Labels!["k0rdent.mirantis.com/managed"]);
        Assert.Equal("kcm", made.Metadata.Labels["k0rdent.mirantis.com/component"]);
        Assert.Equal(
            new OwnerReference
            {
                ApiVersion = "k0rdent.mirantis.com/v1beta1",
                Kind = "ClusterDeployment",
                Name = "berlin",
                Uid = uid,
                Controller = true,
                BlockOwnerDeletion = true,
            },
            Assert.Single(made.Metadata.OwnerReferences!));
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("", false)]
    [InlineData("main", true)]
    public async Task Makes_nothing_without_a_DataSource_or_in_a_dry_run(string? dataSource, bool dryRun)
    {
        PutClusterDeployment(dataSource, dryRun);

        Assert.Equal(ReconcileResult.Done, await RunAsync());

        Assert.Null(Made);
    }

    [Fact]
    public async Task Asks_the_API_server_nothing_where_the_informers_know_that_nothing_is_to_be_done()
    {
        await RunAsync();
        PutClusterDeployment("main");
        await RunAsync();
        World.Time.Advance(TimeSpan.FromSeconds(3));
        await RunAsync();
        Assert.NotNull(Made);
        World.Kubernetes.Reads.Clear();

        await RunAsync();
        Assert.Empty(World.Kubernetes.Reads);

        World.Kubernetes.Edit<ClusterDeployment>(World.Tenant, World.Cluster, new JsonObject { ["spec"] = new JsonObject { ["dataSource"] = "restored" } });
        await RunAsync();
        Assert.Equal("restored", Made!.Spec!.DataSource);
    }

    [Fact]
    public async Task Makes_nothing_for_a_ClusterDeployment_that_is_gone_or_going()
    {
        Assert.Equal(ReconcileResult.Done, await RunAsync());
        PutClusterDeployment("main");
        World.Kubernetes.Edit<ClusterDeployment>(
            World.Tenant, World.Cluster, new JsonObject { ["metadata"] = new JsonObject { ["deletionTimestamp"] = "2026-01-01T00:00:00Z" } });

        Assert.Equal(ReconcileResult.Done, await RunAsync());

        Assert.Null(Made);
    }

    [Fact]
    public async Task Leaves_alone_what_kcm_made_within_the_grace_period()
    {
        var uid = PutClusterDeployment("main");
        await RunAsync();
        PutClusterDataSource("main", uid);
        World.Kubernetes.ForgetWrites();
        World.Time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(ReconcileResult.Done, await RunAsync());

        Assert.Empty(World.Kubernetes.Writes);
    }

    [Fact]
    public async Task Loses_a_race_against_kcm_without_an_error()
    {
        PutClusterDeployment("main");
        await RunAsync();
        World.Time.Advance(TimeSpan.FromSeconds(3));
        World.Kubernetes.OnRequest = (verb, plural, _) =>
        {
            if (verb == "create" && plural == "clusterdatasources")
            {
                throw new KubernetesApiException(HttpStatusCode.Conflict, "AlreadyExists", "kcm was first");
            }
        };

        Assert.Equal(ReconcileResult.Done, await RunAsync());
    }

    [Fact]
    public async Task Lets_its_ClusterDataSource_follow_a_changed_DataSource()
    {
        var uid = PutClusterDeployment("restored");
        PutClusterDataSource("main", uid);

        await RunAsync();

        Assert.Equal("restored", Made!.Spec!.DataSource);
        Assert.Equal(World.Schema, Made.Spec.Schema);
        Assert.Equal(2, Made.Metadata.Generation);
    }

    [Fact]
    public async Task Leaves_a_ClusterDataSource_alone_that_belongs_to_nobody_or_to_another_ClusterDeployment()
    {
        PutClusterDeployment("restored");
        foreach (var owner in new[] { null, "another-uid" })
        {
            PutClusterDataSource("main", owner);

            await RunAsync();

            Assert.Equal("main", Made!.Spec!.DataSource);
        }
    }

    [Fact]
    public async Task Deleting_the_ClusterDeployment_releases_the_role_and_keeps_the_database()
    {
        PutClusterDeployment("main");
        await RunAsync();
        World.Time.Advance(TimeSpan.FromSeconds(3));
        await RunAsync();
        await World.ReconcileAsync();
        Assert.Single(World.Server.Roles);

        World.Kubernetes.Remove("clusterdeployments", World.Key);
        await World.ReconcileAsync();

        Assert.Null(Made);
        Assert.Empty(World.Server.Roles);
        Assert.Single(World.Server.Databases);
    }
}
