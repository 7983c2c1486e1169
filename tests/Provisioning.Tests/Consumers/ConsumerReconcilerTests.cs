using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Provisioning.ClusterDataSources;
using Provisioning.Consumers;
using Provisioning.Kubernetes;
using Provisioning.Reconciliation;
using Provisioning.Resources;
using Provisioning.Tests.ClusterDataSources;

namespace Provisioning.Tests.Consumers;

public sealed class ConsumerReconcilerTests
{
    private readonly World world = new();
    private readonly FakeCache<HelmRelease> cache = new();
    private readonly ConsumerReconciler<HelmRelease, HelmReleaseConsumer> reconciler;

    public ConsumerReconcilerTests() => reconciler = new ConsumerReconciler<HelmRelease, HelmReleaseConsumer>(
        world.Kubernetes, cache, new RandomSuffix(), world.Logs.CreateLogger<ConsumerReconciler<HelmRelease, HelmReleaseConsumer>>());

    private ClusterDataSource? Made => world.Kubernetes.Find<ClusterDataSource>(World.Tenant, World.Cluster);

    private HelmReleaseConsumer Release => world.Kubernetes.Find<HelmReleaseConsumer>(World.Tenant, World.Cluster)!;

    [Fact]
    public async Task Makes_the_ClusterDataSource_that_goes_with_the_object()
    {
        var uid = PutRelease("berlin-kine");

        await RunAsync();

        Assert.Equal("main", Made!.Spec!.DataSource);
        Assert.Matches("^tenant_berlin_[bcdfghjklmnpqrstvwxz2456789]{5}$", Made.Spec.Schema);
        Assert.Equal(ClusterDataSource.Finalizer, Assert.Single(Made.Metadata.Finalizers!));
        Assert.Equal(
            new OwnerReference { ApiVersion = "helm.toolkit.fluxcd.io/v2", Kind = "HelmRelease", Name = World.Cluster, Uid = uid, Controller = true },
            Assert.Single(Made.Metadata.OwnerReferences!));
    }

    [Fact]
    public async Task Its_database_is_made_although_the_object_already_names_the_Secret()
    {
        PutRelease("berlin-kine");
        await RunAsync();

        await world.ReconcileAsync();

        Assert.True(world.Status.Ready, world.Status.Error);
    }

    [Fact]
    public async Task Releases_that_ask_for_nothing_cost_no_request()
    {
        PutRelease("berlin-kine", annotations: new Dictionary<string, string>(StringComparer.Ordinal));

        await RunAsync();

        Assert.Empty(world.Kubernetes.Reads);
        Assert.Null(Made);
    }

    [Fact]
    public async Task A_release_of_a_ClusterDeployment_gets_its_database_from_there()
    {
        PutRelease("berlin-kine", owner: new OwnerReference { ApiVersion = "k0rdent.mirantis.com/v1beta1", Kind = "ClusterDeployment", Name = World.Cluster, Uid = "x" });

        await RunAsync();

        Assert.Null(Made);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("somebodys-secret")]
    public async Task An_object_that_did_not_pass_the_webhook_gets_none(string? secret)
    {
        PutRelease(secret);

        await Assert.ThrowsAsync<TerminalException>(RunAsync);

        Assert.Null(Made);
    }

    [Fact]
    public async Task Lets_its_ClusterDataSource_follow_a_changed_annotation_and_no_other()
    {
        PutRelease("berlin-kine");
        await RunAsync();
        var own = Made!;
        Annotate(ConsumerAnnotations.DataSource, "restored");

        await RunAsync();
        Assert.Equal("restored", Made!.Spec!.DataSource);
        Assert.Equal(own.Spec!.Schema, Made.Spec.Schema);

        world.Kubernetes.Put(own with { Metadata = own.Metadata with { OwnerReferences = null } });
        await RunAsync();
        Assert.Equal("main", Made!.Spec!.DataSource);

        world.Kubernetes.Put(own with { Metadata = own.Metadata with { OwnerReferences = [own.Metadata.OwnerReferences![0] with { Uid = "another" }] } });
        await Assert.ThrowsAsync<TerminalException>(RunAsync);
        Assert.Equal("main", Made!.Spec!.DataSource);
    }

    [Fact]
    public async Task Sends_the_object_through_admission_once_when_its_database_is_ready()
    {
        PutRelease("berlin-kine", "berlin-kine-ca");
        await RunAsync();
        await world.ReconcileAsync();
        world.Kubernetes.ForgetWrites();

        await RunAsync();
        await RunAsync();

        Assert.Equal(["patch helmreleases tenant/berlin"], world.Kubernetes.Writes);
        Assert.Equal(Made!.Spec!.Schema, Release.Metadata.Annotations![ConsumerAnnotations.Schema]);
        Assert.Equal(Made.Spec.Schema, Release.Metadata.Annotations["reconcile.fluxcd.io/requestedAt"]);
    }

    [Fact]
    public async Task Says_so_when_no_webhook_writes_the_new_names()
    {
        PutRelease("berlin-kine", "berlin-kine-ca");
        await RunAsync();
        await world.ReconcileAsync();
        world.Kubernetes.Edit<ClusterDataSource>(World.Tenant, World.Cluster, new JsonObject { ["status"] = new JsonObject { ["kineDataSourceSecret"] = "berlin-kine-12345678" } });

        var exception = await Assert.ThrowsAsync<TerminalException>(RunAsync);

        Assert.Contains("the webhook was not asked", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Never_a_second_database_for_an_object_that_ran_on_one()
    {
        PutRelease("berlin-kine");
        await RunAsync();
        Annotate(ConsumerAnnotations.Schema, World.Schema);
        world.Kubernetes.Edit<ClusterDataSource>(World.Tenant, World.Cluster, new JsonObject { ["metadata"] = new JsonObject { ["finalizers"] = null } });
        world.DeleteClusterDataSource();

        var exception = await Assert.ThrowsAsync<TerminalException>(RunAsync);
        Assert.Contains(World.Schema, exception.Message, StringComparison.Ordinal);
        Assert.Null(Made);

        // Neither does a ClusterDataSource with another schema, made by hand.
        world.PutClusterDataSource();
        world.Kubernetes.Edit<ClusterDataSource>(World.Tenant, World.Cluster, new JsonObject { ["spec"] = new JsonObject { ["schema"] = "tenant_berlin_other" } });
        await world.ReconcileAsync();
        Assert.StartsWith("ClusterRunsElsewhere: ", world.Status.Error, StringComparison.Ordinal);
        Assert.Empty(world.Server.Databases);
    }

    [Fact]
    public async Task Its_role_goes_only_after_the_object()
    {
        PutRelease("berlin-kine");
        await RunAsync();
        await world.ReconcileAsync();
        world.DeleteClusterDataSource();

        await world.ReconcileAsync();
        Assert.StartsWith("ClusterStillRuns: HelmRelease tenant/berlin ", world.Status.Error, StringComparison.Ordinal);
        Assert.Single(world.Server.Roles);

        world.Kubernetes.Remove("helmreleases", World.Key);
        await world.ReconcileAsync();
        Assert.Null(Made);
        Assert.Empty(world.Server.Roles);
    }

    [Fact]
    public async Task The_role_of_a_k0smotron_Cluster_goes_only_after_it()
    {
        world.Kubernetes.Put(new K0smotronClusterConsumer
        {
            Metadata = new ObjectMeta { Namespace = World.Tenant, Name = World.Cluster },
            Spec = new JsonObject { ["storage"] = new JsonObject { ["type"] = "kine", ["kine"] = new JsonObject { ["dataSourceSecretName"] = "berlin-kine" } } },
        });
        world.PutClusterDataSource();
        world.Annotate(AnnotationNames.AllowEmptyDatabase, "true");
        await world.ReconcileAsync();
        world.DeleteClusterDataSource();

        await world.ReconcileAsync();

        Assert.StartsWith("ClusterStillRuns: k0smotron Cluster tenant/berlin ", world.Status.Error, StringComparison.Ordinal);
        Assert.Single(world.Server.Roles);
    }

    [Fact]
    public void Status_updates_of_releases_are_not_looked_at()
    {
        var release = Seen([new(ConsumerAnnotations.DataSource, "main")]);
        var other = Seen([]);

        Assert.False(Concerns(release, release with { Metadata = release.Metadata with { ResourceVersion = "2" } }));
        Assert.False(Concerns(null, other));
        Assert.True(Concerns(null, release));
        Assert.True(Concerns(release, release with { Metadata = release.Metadata with { Generation = 2 } }));
        Assert.True(Concerns(release, other));
        Assert.True(Concerns(release, Seen([new(ConsumerAnnotations.DataSource, "restored")])));
    }

    private static bool Concerns(HelmRelease? before, HelmRelease? after) =>
        ConsumerReconciler<HelmRelease, HelmReleaseConsumer>.Concerns(new ResourceChange<HelmRelease>(World.Key, before, after));

    private static HelmRelease Seen(IEnumerable<KeyValuePair<string, string>> annotations) => new()
    {
        Metadata = new ObjectMeta { Namespace = World.Tenant, Name = World.Cluster, Uid = "u", Annotations = new Dictionary<string, string>(annotations, StringComparer.Ordinal) },
    };

    private Task<ReconcileResult> RunAsync()
    {
        cache.Items.Clear();
        cache.Items.Add(world.Kubernetes.Find<HelmRelease>(World.Tenant, World.Cluster)!);
        return reconciler.ReconcileAsync(World.Key, TestContext.Current.CancellationToken);
    }

    private void Annotate(string name, string value) => world.Kubernetes.Edit<HelmRelease>(
        World.Tenant, World.Cluster, new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [name] = value } } });

    private string PutRelease(
        string? kine, string? authority = null, IReadOnlyDictionary<string, string>? annotations = null, OwnerReference? owner = null)
    {
        var values = new JsonObject();
        if (kine is not null)
        {
            values["dataSource"] = new JsonObject
            {
                ["kineDataSourceSecretName"] = kine,
                ["caSecret"] = authority is null ? null : new JsonObject { ["name"] = authority, ["key"] = "root.pem" },
            };
        }

        return (string)world.Kubernetes.Put(new HelmReleaseConsumer
        {
            Metadata = new ObjectMeta
            {
                Namespace = World.Tenant,
                Name = World.Cluster,
                Annotations = annotations ?? new Dictionary<string, string>(StringComparer.Ordinal) { [ConsumerAnnotations.DataSource] = "main" },
                OwnerReferences = owner is null ? null : [owner],
            },
            Spec = new JsonObject { ["values"] = values },
        })["metadata"]!["uid"]!;
    }
}
