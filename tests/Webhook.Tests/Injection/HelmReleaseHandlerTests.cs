using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Provisioning.Kubernetes;
using Provisioning.Resources;
using Webhook.Admission;
using Webhook.Injection;

namespace Webhook.Tests.Injection;

public sealed class HelmReleaseHandlerTests
{
    private const string Owner = """{"apiVersion":"k0rdent.mirantis.com/v1beta1","kind":"ClusterDeployment","name":"prod","uid":"uid-1"}""";
    private const string Wanted = """{"kineDataSourceSecretName":"prod-kine","caSecret":{"name":"prod-kine-ca","key":"my-ca.pem"}}""";
    private static readonly NamespacedName Key = new("team-a", "prod");

    private readonly StubKubernetesClient kubernetes = new();
    private readonly HelmReleaseHandler handler;

    public HelmReleaseHandlerTests()
    {
        handler = new HelmReleaseHandler(new PublishedDataSources(kubernetes), NullLogger<HelmReleaseHandler>.Instance);
        kubernetes.Put(Cluster());
        kubernetes.Put(Published("prod-kine", "prod-kine-ca"));
        kubernetes.Put(new DataSource
        {
            Metadata = Meta("pg"),
            Spec = new DataSourceSpec { CertificateAuthority = new SecretKeyReference { Name = "pg-ca", Key = "my-ca.pem" } },
        });
    }

    public static TheoryData<string, string, string> Patches => new()
    {
        { "{}", "/spec/values", $$"""{"dataSource":{{Wanted}}}""" },
        { """{"values":null}""", "/spec/values", $$"""{"dataSource":{{Wanted}}}""" },
        { """{"values":{}}""", "/spec/values/dataSource", Wanted },
        { """{"values":{"a":1}}""", "/spec/values/dataSource", Wanted },
        { """{"values":{"dataSource":null}}""", "/spec/values/dataSource", Wanted },
        { """{"values":{"DataSource":{},"data/Source":{},"data~1Source":{}}}""", "/spec/values/dataSource", Wanted },
        { """{"values":{"nested":{"dataSource":{"kineDataSourceSecretName":"prod-kine"}}}}""", "/spec/values/dataSource", Wanted },
    };

    public static TheoryData<string, string?> OtherValues => new()
    {
        { """{"kineDataSourceSecretName":"foreign"}""", "foreign" },
        { """{"kineDataSourceSecretName":"prod-kine"}""", "prod-kine" },
        { """{"kineDataSourceSecretName":"prod-kine","caSecret":{"name":"prod-kine-ca","key":"ca.crt"}}""", "prod-kine" },
        { """{"kineDataSourceSecretName":"prod-kine","caSecret":{"name":"prod-kine-ca","key":"my-ca.pem","x":1}}""", "prod-kine" },
        { """{"kineDataSourceSecretName":"prod-kine","caSecret":{"x":{"y":{}},"name":"prod-kine-ca","key":"my-ca.pem"}}""", "prod-kine" },
        { """{"kineDataSourceSecretName":"prod-kine","caSecret":{"name":"prod-kine-ca","key":"my-ca.pem"},"extra":[1]}""", "prod-kine" },
        { """{"kineDataSourceSecretName":"postgres://u:hunter2@h/db"}""", null },
        { """{"kineDataSourceSecretName":5}""", null },
        { "{}", null },
        { "[]", null },
        { "\"text\"", null },
    };

    [Theory]
    [MemberData(nameof(Patches))]
    public async Task Adds_the_values_and_the_parents_that_are_missing(string spec, string path, string value)
    {
        var patched = Assert.IsType<AdmissionDecision.Patched>(await DecideAsync(Release(spec)));

        Assert.Equal($$"""[{"op":"add","path":"{{path}}","value":{{value}}}]""", Encoding.UTF8.GetString(patched.JsonPatch.Span));
        Assert.Empty(patched.Warnings);
    }

    [Fact]
    public async Task Leaves_the_authority_out_when_there_is_none()
    {
        kubernetes.Put(Published("prod-kine", authority: null));

        var patched = Assert.IsType<AdmissionDecision.Patched>(await DecideAsync(Release("{}")));

        Assert.Equal(
            """[{"op":"add","path":"/spec/values","value":{"dataSource":{"kineDataSourceSecretName":"prod-kine"}}}]""",
            Encoding.UTF8.GetString(patched.JsonPatch.Span));
    }

    [Theory]
    [MemberData(nameof(OtherValues))]
    public async Task Ours_win_over_other_values_and_the_warning_names_the_old_Secret(string existing, string? named)
    {
        var patched = Assert.IsType<AdmissionDecision.Patched>(await DecideAsync(Release($$$"""{"values":{"dataSource":{{{existing}}}}}""")));

        Assert.Equal($$"""[{"op":"replace","path":"/spec/values/dataSource","value":{{Wanted}}}]""", Encoding.UTF8.GetString(patched.JsonPatch.Span));
        var warning = Assert.Single(patched.Warnings);
        Assert.True(warning.Length <= 120, warning);
        Assert.Contains(named is null ? "the given one was replaced" : $"Secret {named}, was replaced", warning, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"kineDataSourceSecretName":"prod-kine","caSecret":{"name":"prod-kine-ca","key":"my-ca.pem"}}""")]
    [InlineData("""{"caSecret":{"key":"my-ca.pem","name":"prod-kine-ca"},"kineDataSourceSecretName":"prod\u002dkine"}""")]
    public async Task Does_not_patch_equal_values(string existing) =>
        Assert.IsType<AdmissionDecision.Allowed>(await DecideAsync(Release($$$"""{"values":{"dataSource":{{{existing}}}}}""")));

    [Theory]
    [InlineData("""{"values":[]}""", "spec.values")]
    [InlineData("""{"values":"text"}""", "spec.values")]
    [InlineData("""{"values":5}""", "spec.values")]
    [InlineData("[]", "spec")]
    public async Task Denies_values_that_are_no_object(string spec, string field)
    {
        var denied = Assert.IsType<AdmissionDecision.Denied>(await DecideAsync(Release(spec)));

        Assert.Equal((field, "FieldValueTypeInvalid"), (denied.Causes[0].Field, denied.Causes[0].Reason));
    }

    [Fact]
    public async Task Every_other_byte_survives_900_levels_huge_numbers_and_odd_keys()
    {
        var deep = string.Concat(Enumerable.Repeat("{\"a\":[", 450)) + "9007199254740993.000000000000000001" + string.Concat(Enumerable.Repeat("]}", 450));
        var values = $$"""{"n":123456789012345678901234567890,"e":1e400,"~0/":{"/":"\u0000\ud83d\ude00"},"dataSource ":1,"big":"{{new string('v', 1_000_000)}}","deep":{{deep}}}""";

        var patched = Assert.IsType<AdmissionDecision.Patched>(await DecideAsync(Release($$"""{"values":{{values}}}""")));

        Assert.Equal($$"""[{"op":"add","path":"/spec/values/dataSource","value":{{Wanted}}}]""", Encoding.UTF8.GetString(patched.JsonPatch.Span));
    }

    [Theory]
    [InlineData("""{"apiVersion":"k0rdent.mirantis.com/v1beta1","kind":"ServiceSet","name":"prod","uid":"uid-1"}""")]
    [InlineData("""{"apiVersion":"k0rdent.mirantis.com.evil/v1","kind":"ClusterDeployment","name":"prod","uid":"uid-1"}""")]
    [InlineData("""{"apiVersion":"v1","kind":"ClusterDeployment","name":"prod","uid":"uid-1"}""")]
    [InlineData("5")]
    [InlineData("")]
    public async Task Leaves_releases_of_others_alone_without_asking_the_API(string owner)
    {
        Assert.IsType<AdmissionDecision.Allowed>(await DecideAsync(Release("""{"values":[]}""", owner)));
        Assert.Equal(0, kubernetes.Reads);
    }

    [Fact]
    public async Task Knows_the_owner_in_every_version_and_wherever_the_metadata_stands()
    {
        var owner = Owner.Replace("v1beta1", "v1", StringComparison.Ordinal);

        Assert.IsType<AdmissionDecision.Patched>(await DecideAsync($$$"""{"spec":{"values":{}},"metadata":{"x":{"y":[{}]},"ownerReferences":[5,{},{"kind":"X"},{{{owner}}}]}}"""));
    }

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
        var decision = await handler.DecideAsync(Request(Release("{}"), null) with { Operation = operation, SubResource = subResource }, CancellationToken.None);

        Assert.IsType<AdmissionDecision.Allowed>(decision);
        Assert.Equal(0, kubernetes.Reads);
    }

    [Fact]
    public async Task Leaves_a_release_that_is_being_deleted_alone()
    {
        var release = Release("{}").Replace("\"metadata\":{", "\"metadata\":{\"deletionTimestamp\":\"2026-01-01T00:00:00Z\",", StringComparison.Ordinal);

        Assert.IsType<AdmissionDecision.Allowed>(await DecideAsync(release));
        Assert.Equal(0, kubernetes.Reads);
    }

    [Fact]
    public async Task A_recreated_or_vanished_ClusterDeployment_is_no_owner()
    {
        kubernetes.Put(Cluster() with { Metadata = Meta("prod") with { Uid = "uid-2" } });
        Assert.IsType<AdmissionDecision.Allowed>(await DecideAsync(Release("{}")));

        kubernetes.Remove<ClusterDeployment>(Key);
        Assert.IsType<AdmissionDecision.Allowed>(await DecideAsync(Release("{}")));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task A_cluster_on_etcd_is_left_alone(string? dataSource)
    {
        kubernetes.Put(Cluster() with { Spec = new ClusterDeploymentSpec { DataSource = dataSource } });

        Assert.IsType<AdmissionDecision.Allowed>(await DecideAsync(Release("{}")));
    }

    [Fact]
    public async Task Denies_a_release_whose_Secret_is_not_published_yet_and_says_what_it_waits_for()
    {
        kubernetes.Put(new ClusterDataSource { Metadata = Meta("prod"), Status = new ClusterDataSourceStatus { Error = "ServerUnreachable: no." } });
        Assert.Contains("ClusterDataSource team-a/prod has not published its Secret yet", await DenialAsync(), StringComparison.Ordinal);

        kubernetes.Remove<ClusterDataSource>(Key);
        Assert.Contains("ClusterDataSource team-a/prod does not exist yet", await DenialAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dry_run_waits_for_nothing()
    {
        kubernetes.Remove<ClusterDataSource>(Key);
        kubernetes.Put(Cluster() with { Spec = new ClusterDeploymentSpec { DataSource = "pg", DryRun = true } });

        Assert.IsType<AdmissionDecision.Allowed>(await DecideAsync(Release("{}")));
    }

    [Fact]
    public async Task A_server_that_is_down_for_the_moment_changes_nothing()
    {
        var known = Published("prod-kine", "prod-kine-ca");
        kubernetes.Put(known with { Status = known.Status! with { Ready = false, Error = "ServerUnreachable: no." } });

        Assert.IsType<AdmissionDecision.Patched>(await DecideAsync(Release("{}")));
    }

    [Fact]
    public async Task An_update_that_keeps_its_values_passes_while_the_ClusterDataSource_is_gone()
    {
        kubernetes.Remove<ClusterDataSource>(Key);
        var release = Release($$$"""{"values":{"dataSource":{{{Wanted}}}}}""");

        Assert.IsType<AdmissionDecision.Allowed>(await handler.DecideAsync(Request(release, release), CancellationToken.None));
        Assert.IsType<AdmissionDecision.Denied>(await handler.DecideAsync(Request(Release("{}"), release), CancellationToken.None));
        Assert.IsType<AdmissionDecision.Denied>(await handler.DecideAsync(Request(Release("{}"), Release("{}")), CancellationToken.None));
        Assert.IsType<AdmissionDecision.Denied>(await handler.DecideAsync(Request(release, null), CancellationToken.None));
    }

    [Fact]
    public async Task While_a_move_is_under_way_the_names_that_are_there_stay_with_their_key()
    {
        kubernetes.Put(Published("prod-kine", "prod-kine-ca", observedGeneration: 1));
        var old = """{"values":{"dataSource":{"kineDataSourceSecretName":"prod-kine","caSecret":{"name":"prod-kine-ca","key":"the-old-key"}}}}""";

        Assert.IsType<AdmissionDecision.Allowed>(await DecideAsync(Release(old)));
        Assert.IsType<AdmissionDecision.Patched>(await DecideAsync(Release("{}")));
    }

    [Fact]
    public async Task Without_the_DataSource_the_key_is_unknown()
    {
        kubernetes.Remove<DataSource>(new NamespacedName("team-a", "pg"));

        Assert.Contains("the DataSource of ClusterDataSource team-a/prod does not exist", await DenialAsync(), StringComparison.Ordinal);
        Assert.IsType<AdmissionDecision.Allowed>(await DecideAsync(Release($$$"""{"values":{"dataSource":{{{Wanted}}}}}""")));
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
            kubernetes.Failure = failure;
            var failed = Assert.IsType<AdmissionDecision.Failed>(await DecideAsync(Release("{}")));
            Assert.Equal((503, TimeSpan.FromSeconds(1)), (failed.StatusCode, failed.RetryAfter));
        }
    }

    private static string Release(string spec, string owner = Owner) =>
        $$$"""{"apiVersion":"helm.toolkit.fluxcd.io/v2","kind":"HelmRelease","metadata":{"name":"prod","ownerReferences":[{{{owner}}}]},"spec":{{{spec}}}}""";

    private static ObjectMeta Meta(string name) => new() { Namespace = "team-a", Name = name, Uid = "uid-1", Generation = 2 };

    private static ClusterDeployment Cluster() => new() { Metadata = Meta("prod"), Spec = new ClusterDeploymentSpec { DataSource = "pg" } };

    private static ClusterDataSource Published(string secret, string? authority, long observedGeneration = 2) => new()
    {
        Metadata = Meta("prod"),
        Spec = new ClusterDataSourceSpec { DataSource = "pg", Schema = "team_a_prod_abcde" },
        Status = new ClusterDataSourceStatus { Ready = true, KineDataSourceSecret = secret, CaSecret = authority, ObservedGeneration = observedGeneration },
    };

    private static AdmissionRequest Request(string release, string? oldRelease)
    {
        // The real way in: the envelope is read, the release is a slice of it.
        var review = $$$"""
            {"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u","name":"prod","namespace":"team-a",
            "kind":{"group":"helm.toolkit.fluxcd.io","version":"v2","kind":"HelmRelease"},
            "resource":{"group":"helm.toolkit.fluxcd.io","version":"v2","resource":"helmreleases"},
            "operation":"{{{(oldRelease is null ? "CREATE" : "UPDATE")}}}","object":{{{release}}},"oldObject":{{{oldRelease ?? "null"}}}}}
            """;
        return AdmissionReviewReader.Read(Encoding.UTF8.GetBytes(review));
    }

    private ValueTask<AdmissionDecision> DecideAsync(string release) => handler.DecideAsync(Request(release, null), CancellationToken.None);

    private async Task<string> DenialAsync()
    {
        var denied = Assert.IsType<AdmissionDecision.Denied>(await DecideAsync(Release("{}")));
        Assert.Equal("spec.values.dataSource", denied.Causes[0].Field);
        return denied.Causes[0].Message;
    }
}
