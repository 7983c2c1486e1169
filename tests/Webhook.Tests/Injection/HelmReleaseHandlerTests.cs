using System.Net;
using System.Text.Json.Nodes;
using Provisioning.Kubernetes;
using Provisioning.Resources;
using Webhook.Admission;

namespace Webhook.Tests.Injection;

public sealed class HelmReleaseHandlerTests : HelmReleaseTests
{
    [Theory]
    [InlineData("""{"apiVersion":"k0rdent.mirantis.com/v1beta1","kind":"ServiceSet","name":"prod","uid":"uid-1"}""")]
    [InlineData("""{"apiVersion":"k0rdent.mirantis.com.evil/v1","kind":"ClusterDeployment","name":"prod","uid":"uid-1"}""")]
    [InlineData("""{"apiVersion":"v1","kind":"ClusterDeployment","name":"prod","uid":"uid-1"}""")]
    [InlineData("5")]
    [InlineData("")]
    public async Task Leaves_releases_of_others_alone_without_asking_the_API(string owner)
    {
        Assert.IsType<AdmissionDecision.Allowed>(await DecideAsync(Release("""{"values":[]}""", owner)));
        Assert.Equal(0, Kubernetes.Reads);
    }

    [Fact]
    public async Task Knows_the_owner_in_every_version_and_wherever_the_metadata_stands()
    {
        var owner = Owner.Replace("v1beta1", "v1", StringComparison.Ordinal);

        Assert.IsType<AdmissionDecision.Patched>(await DecideAsync($$$"""{"spec":{"values":{}},"metadata":{"x":{"y":[{}]},"ownerReferences":[5,{},{"kind":"X"},{{{owner}}}]}}"""));
    }

    [Theory]
    [InlineData("ClusterDeployment", "Cluster\\u0044eployment")]
    [InlineData("kind", "\\u006bind")]
    [InlineData("k0rdent.mirantis.com", "k0rdent\\u002emirantis.com")]
    public async Task Knows_the_owner_however_it_is_escaped(string plain, string escaped) =>
        Assert.IsType<AdmissionDecision.Patched>(await DecideAsync(Release("""{"values":{}}""", Owner.Replace(plain, escaped, StringComparison.Ordinal))));

    [Fact]
    public async Task Denies_more_owners_than_it_looks_up()
    {
        var owners = string.Join(',', Enumerable.Repeat(Owner.Replace("uid-1", "uid-0", StringComparison.Ordinal), 8));

        var denied = Assert.IsType<AdmissionDecision.Denied>(await DecideAsync(Release("{}", $"{owners},{Owner}")));

        Assert.Equal("metadata.ownerReferences", denied.Causes[0].Field);
        Assert.IsType<AdmissionDecision.Allowed>(await DecideAsync(Release("{}", owners)));
    }

    [Theory]
    [InlineData(AdmissionOperation.Delete, "")]
    [InlineData(AdmissionOperation.Connect, "")]
    [InlineData(AdmissionOperation.Update, "status")]
    public async Task Looks_only_at_writes_of_the_release_itself(AdmissionOperation operation, string subResource)
    {
        var decision = await Handler.DecideAsync(Request(Release("{}"), null) with { Operation = operation, SubResource = subResource }, CancellationToken.None);

        Assert.IsType<AdmissionDecision.Allowed>(decision);
        Assert.Equal(0, Kubernetes.Reads);
    }

    [Fact]
    public async Task Leaves_a_release_that_is_being_deleted_alone()
    {
        var release = Release("{}").Replace("\"metadata\":{", "\"metadata\":{\"deletionTimestamp\":\"2026-01-01T00:00:00Z\",", StringComparison.Ordinal);

        Assert.IsType<AdmissionDecision.Allowed>(await DecideAsync(release));
        Assert.Equal(0, Kubernetes.Reads);
    }

    [Fact]
    public async Task A_recreated_or_vanished_ClusterDeployment_is_no_owner()
    {
        Kubernetes.Put(Cluster() with { Metadata = Meta("prod") with { Uid = "uid-2" } });
        Assert.IsType<AdmissionDecision.Allowed>(await DecideAsync(Release("{}")));

        Kubernetes.Remove<ClusterDeployment>(Key);
        Assert.IsType<AdmissionDecision.Allowed>(await DecideAsync(Release("{}")));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task A_cluster_on_etcd_is_left_alone(string? dataSource)
    {
        Kubernetes.Put(Cluster() with { Spec = new ClusterDeploymentSpec { DataSource = dataSource } });

        Assert.IsType<AdmissionDecision.Allowed>(await DecideAsync(Release("{}")));
    }

    [Fact]
    public async Task Denies_a_release_whose_Secret_is_not_published_yet_and_says_what_it_waits_for()
    {
        Kubernetes.Put(new ClusterDataSource { Metadata = Meta("prod"), Status = new ClusterDataSourceStatus { Error = "ServerUnreachable: no." } });
        Assert.Contains("ClusterDataSource team-a/prod has not published its Secret yet", await DenialAsync(), StringComparison.Ordinal);

        Kubernetes.Remove<ClusterDataSource>(Key);
        Assert.Contains("ClusterDataSource team-a/prod does not exist yet", await DenialAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dry_run_waits_for_nothing()
    {
        Kubernetes.Remove<ClusterDataSource>(Key);
        Kubernetes.Put(Cluster() with { Spec = new ClusterDeploymentSpec { DataSource = "pg", DryRun = true } });

        Assert.IsType<AdmissionDecision.Allowed>(await DecideAsync(Release("{}")));
    }

    [Fact]
    public async Task A_server_that_is_down_for_the_moment_changes_nothing()
    {
        var known = Published("prod-kine", "prod-kine-ca");
        Kubernetes.Put(known with { Status = known.Status! with { Error = "ServerUnreachable: no." } });

        Assert.IsType<AdmissionDecision.Patched>(await DecideAsync(Release("{}")));
    }

    [Fact]
    public async Task An_update_that_keeps_its_values_passes_while_the_ClusterDataSource_is_gone()
    {
        Kubernetes.Remove<ClusterDataSource>(Key);
        var release = Release($$$"""{"values":{"dataSource":{{{Wanted}}}}}""");

        Assert.IsType<AdmissionDecision.Allowed>(await Handler.DecideAsync(Request(release, release), CancellationToken.None));
        Assert.IsType<AdmissionDecision.Denied>(await Handler.DecideAsync(Request(Release("{}"), release), CancellationToken.None));
        Assert.IsType<AdmissionDecision.Denied>(await Handler.DecideAsync(Request(Release("{}"), Release("{}")), CancellationToken.None));
        Assert.IsType<AdmissionDecision.Denied>(await Handler.DecideAsync(Request(release, null), CancellationToken.None));
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 2)]
    public async Task While_a_move_is_under_way_or_has_failed_the_key_is_the_one_that_the_release_has(bool ready, long observedGeneration)
    {
        Move("other", "root.pem", ready, observedGeneration);
        var old = Release(Values("prod-kine-ca", "the-old-key"));

        Assert.IsType<AdmissionDecision.Allowed>(await DecideAsync(old));
        Assert.Equal("the-old-key", InjectedKey(await UpdateAsync(Release("{}"), old)));
        Assert.Equal("the-old-key", InjectedKey(await UpdateAsync(Release(Values("prod-kine-ca-2", "root.pem")), old)));
    }

    [Fact]
    public async Task While_a_move_is_under_way_or_has_failed_no_key_is_guessed()
    {
        Move("other", "root.pem", ready: false, observedGeneration: 2);

        Assert.Contains("the key of the CA in Secret prod-kine-ca is unknown before ClusterDataSource team-a/prod is ready", await DenialAsync(), StringComparison.Ordinal);
        Assert.IsType<AdmissionDecision.Denied>(await UpdateAsync(Release("{}"), Release("{}")));
        Assert.IsType<AdmissionDecision.Denied>(await UpdateAsync(Release("{}"), Release(Values("another-ca", "the-old-key"))));
    }

    [Fact]
    public async Task Without_the_DataSource_the_key_is_the_one_that_the_release_has_or_unknown()
    {
        Kubernetes.Remove<DataSource>(new NamespacedName("team-a", "pg"));
        var old = Release($$$"""{"values":{"dataSource":{{{Wanted}}}}}""");

        Assert.Contains("the DataSource of ClusterDataSource team-a/prod does not exist", await DenialAsync(), StringComparison.Ordinal);
        Assert.IsType<AdmissionDecision.Allowed>(await DecideAsync(old));
        Assert.Equal("my-ca.pem", InjectedKey(await UpdateAsync(Release("{}"), old)));
    }

    [Fact]
    public async Task A_DataSource_without_a_CA_is_not_called_missing()
    {
        Kubernetes.Put(new DataSource { Metadata = Meta("pg"), Spec = new DataSourceSpec() });

        Assert.Contains(
            "the DataSource of ClusterDataSource team-a/prod names no CA, although Secret prod-kine-ca is published for one", await DenialAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"metadata\":{},\"spec\":{\"values\":{\"a\":1}}")]
    [InlineData("\"spec\":{\"values\":{\"a\":1}},\"metadata\":{\"ownerReferences\":null}")]
    public async Task An_update_that_takes_the_owner_away_does_not_take_the_values_with_it(string release)
    {
        var old = Release($$$"""{"values":{"dataSource":{{{Wanted}}}}}""");

        Assert.Equal("my-ca.pem", InjectedKey(await UpdateAsync("{" + release + "}", old)));

        Kubernetes.Put(Cluster() with { Metadata = Meta("prod") with { Uid = "uid-2" } });
        Assert.IsType<AdmissionDecision.Allowed>(await UpdateAsync("{" + release + "}", old));
    }

    [Fact]
    public async Task An_API_failure_is_never_an_allow()
    {
        foreach (var failure in new Exception[]
        {
            new KubernetesApiException(HttpStatusCode.InternalServerError, "InternalError", "no"),
            new KubernetesApiException(HttpStatusCode.Forbidden, "Forbidden", "no"),
            new HttpRequestException("no"),
            new IOException("no"),
            new OperationCanceledException("the client's own timeout"),
        })
        {
            Kubernetes.Failure = failure;
            var failed = Assert.IsType<AdmissionDecision.Failed>(await DecideAsync(Release("{}")));
            Assert.Equal((503, TimeSpan.FromSeconds(1)), (failed.StatusCode, failed.RetryAfter));
        }
    }

    private static string Values(string authority, string key) =>
        $$$$$"""{"values":{"dataSource":{"kineDataSourceSecretName":"prod-kine","caSecret":{"name":"{{{{{authority}}}}}","key":"{{{{{key}}}}}"}}}}""";

    private static string? InjectedKey(AdmissionDecision decision)
    {
        var patch = JsonNode.Parse(Assert.IsType<AdmissionDecision.Patched>(decision).JsonPatch.Span)!;
        var value = patch[0]!["value"]!;
        return (string?)(value["dataSource"] ?? value)["caSecret"]!["key"];
    }

    private ValueTask<AdmissionDecision> UpdateAsync(string release, string oldRelease) =>
        Handler.DecideAsync(Request(release, oldRelease), CancellationToken.None);

    // The Secrets are still those of the DataSource before.
    private void Move(string dataSource, string key, bool ready, long observedGeneration)
    {
        var published = Published("prod-kine", "prod-kine-ca", observedGeneration);
        Kubernetes.Put(published with
        {
            Spec = published.Spec! with { DataSource = dataSource },
            Status = published.Status! with { Ready = ready },
        });
        Kubernetes.Put(new DataSource
        {
            Metadata = Meta(dataSource),
            Spec = new DataSourceSpec { CertificateAuthority = new SecretKeyReference { Name = "other-ca", Key = key } },
        });
    }
}
