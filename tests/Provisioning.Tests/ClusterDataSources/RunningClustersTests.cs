using System.Net;
using System.Text.Json.Nodes;
using Provisioning.ClusterDataSources;
using Provisioning.Kubernetes;
using Provisioning.Reconciliation;
using Provisioning.Resources;

namespace Provisioning.Tests.ClusterDataSources;

/// <summary>A cluster that runs never gets a second, empty database.</summary>
public sealed class RunningClustersTests : ClusterDeploymentTest
{
    [Theory]
    [InlineData("""{"values":{"dataSource":{"kineDataSourceSecretName":"berlin-kine"}}}""", true, true)]
    [InlineData("""{"values":{"dataSource":{"kineDataSourceSecretName":"berlin-kine"}}}""", false, false)]
    [InlineData("""{"values":{"dataSource":{"kineDataSourceSecretName":""}}}""", true, false)]
    [InlineData("""{"values":{"dataSource":"text"}}""", true, false)]
    [InlineData("""{"values":null}""", true, false)]
    [InlineData("""{}""", true, false)]
    public async Task Makes_no_second_database_for_a_cluster_that_already_runs_on_one(string spec, bool isItsRelease, bool refuses)
    {
        var uid = PutClusterDeployment("main");
        PutRelease(spec, isItsRelease ? uid : "the uid of a deleted cluster");
        await RunAsync();
        World.Time.Advance(TimeSpan.FromSeconds(3));

        if (refuses)
        {
            var exception = await Assert.ThrowsAsync<TerminalException>(RunAsync);
            Assert.Contains("former spec.schema", exception.Message, StringComparison.Ordinal);
            Assert.Null(Made);
        }
        else
        {
            await RunAsync();
            Assert.NotNull(Made);
        }
    }

    [Fact]
    public async Task A_ClusterDataSource_that_kcm_made_again_gets_no_empty_database_unless_told_to()
    {
        var uid = PutClusterDeployment("main");
        PutRelease("""{"values":{"dataSource":{"kineDataSourceSecretName":"berlin-kine"}}}""", uid);
        PutClusterDataSource("main", uid);

        await World.ReconcileAsync();
        Assert.StartsWith("ClusterRunsElsewhere: ", World.Status.Error, StringComparison.Ordinal);
        Assert.Empty(World.Server.Databases);

        World.Annotate(AnnotationNames.AllowEmptyDatabase, "true");
        await World.ReconcileAsync();
        Assert.True(World.Status is { Ready: true, Error: null });
    }

    [Fact]
    public async Task A_ClusterDataSource_made_again_with_the_former_schema_gets_the_kept_database_once_its_administrator_agrees()
    {
        var uid = PutClusterDeployment("main");
        PutRelease("""{"values":{"dataSource":{"kineDataSourceSecretName":"berlin-kine"}}}""", uid);
        PutClusterDataSource("main", uid);
        World.Server.Databases[World.Schema] = "the mark of its predecessor";

        await World.ReconcileAsync();
        Assert.StartsWith("NameConflict: ", World.Status.Error, StringComparison.Ordinal);

        World.Server.Databases[World.Schema] = World.Postgres.Wanted!.Mark.Text;
        await World.ReconcileAsync();
        Assert.True(World.Status is { Ready: true, Error: null });
    }

    [Fact]
    public async Task A_Secret_that_a_running_cluster_may_still_use_is_not_overwritten_for_a_new_schema()
    {
        var uid = PutClusterDeployment("main");
        PutClusterDataSource("main", uid);
        await World.ReconcileAsync();
        var dsn = World.Dsn("berlin-kine");
        PutRelease("""{"values":{"dataSource":{"kineDataSourceSecretName":"berlin-kine"}}}""", uid);

        // Somebody took the finalizer off by hand; the Secret outlived its owner, and kcm made another one.
        PutClusterDataSource("main", uid);
        World.Kubernetes.Edit<ClusterDataSource>(World.Tenant, World.Cluster, new JsonObject { ["spec"] = new JsonObject { ["schema"] = "tenant_berlin_other" } });
        await World.ReconcileAsync();

        Assert.StartsWith("ClusterRunsElsewhere: ", World.Status.Error, StringComparison.Ordinal);
        Assert.True(dsn == World.Dsn("berlin-kine"));
    }

    [Theory]
    [InlineData("a ClusterDeployment's uid")]
    [InlineData(null)]
    public async Task A_ClusterDataSource_that_a_person_made_again_without_an_owner_gets_no_empty_database(string? releaseOwner)
    {
        PutRelease("""{"values":{"dataSource":{"kineDataSourceSecretName":"berlin-kine"}}}""", releaseOwner ?? PutClusterDeployment("main"));
        PutClusterDataSource("main", ownerUid: null);

        await World.ReconcileAsync();

        Assert.StartsWith("ClusterRunsElsewhere: ", World.Status.Error, StringComparison.Ordinal);
        Assert.Empty(World.Server.Databases);
    }

    [Theory]
    [InlineData(HttpStatusCode.Forbidden, "Forbidden")]
    [InlineData(HttpStatusCode.InternalServerError, "InternalError")]
    [InlineData(HttpStatusCode.NotFound, "")]
    public async Task Makes_nothing_while_it_is_not_known_whether_the_cluster_runs(HttpStatusCode code, string reason)
    {
        PutClusterDeployment("main");
        await RunAsync();
        World.Time.Advance(TimeSpan.FromSeconds(3));
        FailReleases(new KubernetesApiException(code, reason, "no"));

        await Assert.ThrowsAsync<ReleaseUnreadableException>(RunAsync);
        Assert.Null(Made);

        PutClusterDataSource("main", ownerUid: null);
        await World.ReconcileAsync();
        Assert.Empty(World.Server.Databases);
        Assert.StartsWith($"HelmReleaseUnreadable: HelmRelease tenant/berlin cannot be read ({$"{(int)code} {reason}".TrimEnd()}), so", World.Status.Error, StringComparison.Ordinal);
        Assert.Contains(World.Events, written => written.Reason == "HelmReleaseUnreadable");
    }

    [Fact]
    public async Task Goes_on_where_Flux_is_not_installed()
    {
        PutClusterDataSource("main", ownerUid: null);
        FailReleases(new KubernetesApiException(HttpStatusCode.NotFound, "", "404 page not found") { IsUnknownKind = true });

        await World.ReconcileAsync();

        Assert.True(World.Status is { Ready: true, Error: null });
    }

    [Fact]
    public async Task Says_why_a_deletion_waits_when_releases_cannot_be_read_and_goes_on_when_they_can()
    {
        PutClusterDataSource("main", ownerUid: null);
        await World.ReconcileAsync();
        FailReleases(new KubernetesApiException(HttpStatusCode.Forbidden, "Forbidden", "no"));
        World.DeleteClusterDataSource();

        await World.ReconcileAsync();
        Assert.StartsWith("HelmReleaseUnreadable: ", World.Status.Error, StringComparison.Ordinal);
        Assert.Single(World.Server.Databases);

        World.Kubernetes.OnRequest = null;
        await World.ReconcileAsync();
        Assert.Null(World.Kubernetes.Find<ClusterDataSource>(World.Tenant, World.Cluster));
    }

    private void FailReleases(KubernetesApiException answer) => World.Kubernetes.OnRequest = (_, plural, _) =>
    {
        if (plural == "helmreleases")
        {
            throw answer;
        }
    };

    private void PutRelease(string spec, string ownerUid) => World.Kubernetes.Put(new HelmReleaseValues
    {
        Metadata = new ObjectMeta
        {
            Namespace = World.Tenant,
            Name = World.Cluster,
            OwnerReferences = [new OwnerReference { ApiVersion = "k0rdent.mirantis.com/v1beta1", Kind = "ClusterDeployment", Name = World.Cluster, Uid = ownerUid }],
        },
        Spec = JsonNode.Parse(spec),
    });
}
