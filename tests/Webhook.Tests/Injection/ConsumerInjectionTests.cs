using System.Net;
using System.Text;
using Provisioning.Kubernetes;
using Provisioning.Resources;
using Webhook.Admission;
using Webhook.Injection;

namespace Webhook.Tests.Injection;

/// <summary>HelmReleases that no ClusterDeployment owns and that ask for a database by annotation.</summary>
public sealed class ConsumerInjectionTests : HelmReleaseTests
{
    private const string Injected = $$$"""{"values":{"dataSource":{{{Wanted}}}}}""";
    private const string Ask = "\"k0rdent.mirantis.com/data-source\":\"pg\"";
    private const string Ran = Ask + ",\"k0rdent.mirantis.com/data-source-schema\":\"team_a_prod_abcde\"";

    public ConsumerInjectionTests()
    {
        Kubernetes.Remove<ClusterDataSource>(Key);
        Kubernetes.Remove<ClusterDeployment>(Key);
    }

    [Fact]
    public async Task A_new_object_is_stored_with_the_names_that_its_database_will_have()
    {
        var patch = await PatchAsync(Annotated(Ask, """{"values":{"a":1}}"""), before: null);

        Assert.Equal($$"""[{"op":"add","path":"/spec/values/dataSource","value":{{Wanted}}}]""", patch);
        Assert.IsType<AdmissionDecision.Allowed>(await DecideAsync(Annotated(Ask, Injected), before: null));
    }

    [Fact]
    public async Task Without_a_CA_there_is_none()
    {
        Kubernetes.Put(new DataSource { Metadata = Meta("pg"), Spec = new DataSourceSpec() });

        Assert.Equal(
            """[{"op":"add","path":"/spec/values","value":{"dataSource":{"kineDataSourceSecretName":"prod-kine"}}}]""",
            await PatchAsync(Annotated(Ask, "{}"), before: null));
    }

    [Fact]
    public async Task Published_names_replace_the_expected_ones()
    {
        Kubernetes.Put(Own() with { Status = Published("prod-kine-12345678", "prod-kine-ca").Status });

        Assert.Contains("prod-kine-12345678", await PatchAsync(Annotated(Ask, Injected), Annotated(Ask, Injected)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"values":{"dataSource":null}}""")]
    [InlineData("""{"values":{"dataSource":{"kineDataSourceSecretName":"other"}}}""")]
    public async Task Values_that_get_lost_are_put_back(string spec) =>
        Assert.Contains("prod-kine-ca", await PatchAsync(Annotated(Ask, spec), Annotated(Ask, Injected)), StringComparison.Ordinal);

    [Fact]
    public async Task The_annotation_is_neither_added_nor_removed_later()
    {
        Assert.Contains("cannot be added", await DenialAsync(Annotated(Ask, "{}"), Annotated("", "{}")), StringComparison.Ordinal);
        Assert.Contains("cannot be removed", await DenialAsync(Annotated("", Injected), Annotated(Ask, Injected)), StringComparison.Ordinal);
        Assert.Contains("cannot be removed", await DenialAsync(Annotated("\"k0rdent.mirantis.com/data-source\":\"\"", Injected), Annotated(Ask, Injected)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_profile_stays_and_is_a_known_one()
    {
        const string profile = ",\"k0rdent.mirantis.com/data-source-profile\":";

        Assert.Contains("supported values", await DenialAsync(Annotated($"{Ask}{profile}\"k3s\"", "{}"), before: null), StringComparison.Ordinal);
        Assert.Contains("immutable", await DenialAsync(Annotated($"{Ask}{profile}\"vcluster\"", Injected), Annotated(Ask, Injected)), StringComparison.Ordinal);
        Assert.IsType<AdmissionDecision.Allowed>(await DecideAsync(Annotated($"{Ask}{profile}\"k0rdent\"", Injected), Annotated(Ask, Injected)));
    }

    [Theory]
    [InlineData("ClusterDeployment", false, "belongs to another object")]
    [InlineData("HelmRelease", true, "still being deleted")]
    public async Task The_database_of_another_object_is_not_handed_out(string ownerKind, bool isGoing, string reason)
    {
        var taken = Own();
        Kubernetes.Put(taken with
        {
            Metadata = taken.Metadata with
            {
                OwnerReferences = [taken.Metadata.OwnerReferences![0] with { Kind = ownerKind, Uid = "another" }],
                DeletionTimestamp = isGoing ? DateTimeOffset.UnixEpoch : null,
            },
        });

        Assert.Contains(reason, await DenialAsync(Annotated(Ask, "{}"), before: null), StringComparison.Ordinal);
        Assert.Contains(reason, await DenialAsync(Annotated(Ask, "{}"), Annotated(Ask, Injected)), StringComparison.Ordinal);
        Assert.IsType<AdmissionDecision.Allowed>(await DecideAsync(Annotated(Ask, Injected), Annotated(Ask, Injected)));
    }

    [Fact]
    public async Task A_missing_DataSource_is_refused_because_the_CA_would_be_a_guess()
    {
        Kubernetes.Remove<DataSource>(Key with { Name = "pg" });

        Assert.Contains("DataSource pg does not exist", await DenialAsync(Annotated(Ask, "{}"), before: null), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_object_from_before_the_webhook_is_not_moved_to_an_empty_database()
    {
        var decision = Assert.IsType<AdmissionDecision.Allowed>(await DecideAsync(Annotated(Ask, "{}"), Annotated(Ask, "{}")));
        Assert.Contains("not set", Assert.Single(decision.Warnings), StringComparison.Ordinal);

        const string foreign = """{"values":{"dataSource":{"kineDataSourceSecretName":"mine"}}}""";
        Assert.IsType<AdmissionDecision.Allowed>(await DecideAsync(Annotated(Ask, foreign), Annotated(Ask, foreign)));
    }

    [Fact]
    public async Task After_it_has_run_it_keeps_its_names_while_its_ClusterDataSource_is_gone_and_gets_no_others()
    {
        Assert.IsType<AdmissionDecision.Allowed>(await DecideAsync(Annotated(Ran, Injected), Annotated(Ran, Injected)));
        Assert.Contains("is gone", await DenialAsync(Annotated(Ran, "{}"), Annotated(Ran, Injected)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_trace_of_its_database_is_put_back_and_that_of_another_is_dropped()
    {
        Assert.Equal(
            """[{"op":"add","path":"/metadata/annotations/k0rdent.mirantis.com~1data-source-schema","value":"team_a_prod_abcde"}]""",
            await PatchAsync(Annotated(Ask, Injected), Annotated(Ran, Injected)));
        Assert.Equal(
            """[{"op":"remove","path":"/metadata/annotations/k0rdent.mirantis.com~1data-source-schema"}]""",
            await PatchAsync(Annotated(Ran.Replace("prod", "dev", StringComparison.Ordinal), Injected), before: null));
    }

    [Fact]
    public async Task A_ClusterDataSource_made_by_a_person_serves_and_must_name_the_same_DataSource()
    {
        Kubernetes.Put(Published("prod-kine", "prod-kine-ca"));
        Assert.Contains("prod-kine-ca", await PatchAsync(Annotated(Ask, "{}"), before: null), StringComparison.Ordinal);

        Kubernetes.Put(Published("prod-kine", "prod-kine-ca") with { Spec = new ClusterDataSourceSpec { DataSource = "old", Schema = "team_a_prod_abcde" } });
        Assert.Contains("belongs to nobody", await DenialAsync(Annotated(Ask, "{}"), before: null), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_being_deleted_or_belongs_to_a_ClusterDeployment_is_left_alone()
    {
        var going = Annotated("", Injected).Replace("\"metadata\":{", "\"metadata\":{\"deletionTimestamp\":\"2026-01-01T00:00:00Z\",", StringComparison.Ordinal);
        Assert.IsType<AdmissionDecision.Allowed>(await DecideAsync(going, Annotated(Ask, Injected)));

        var owned = Annotated(Ask, "{}").Replace("\"metadata\":{", $"\"metadata\":{{\"ownerReferences\":[{Owner}],", StringComparison.Ordinal);
        Assert.IsType<AdmissionDecision.Allowed>(await DecideAsync(owned, before: null));
    }

    [Fact]
    public async Task A_ClusterDeployment_does_not_get_the_database_of_another_object_of_its_name()
    {
        Kubernetes.Put(Cluster());
        Kubernetes.Put(Own());

        Assert.Contains("belongs to another object", await DenialAsync(Release("{}"), before: null), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_answer_is_no_permission()
    {
        Kubernetes.Failure = new KubernetesApiException(HttpStatusCode.InternalServerError, "InternalError", "m");

        Assert.Equal(503, Assert.IsType<AdmissionDecision.Failed>(await DecideAsync(Annotated(Ask, "{}"), before: null)).StatusCode);
    }

    [Fact]
    public async Task A_Cluster_is_injected_in_the_version_in_which_it_is_asked_about()
    {
        var handler = new K0smotronClusterHandler(new ConsumerInjection(
            new PublishedDataSources(Kubernetes), Microsoft.Extensions.Logging.Abstractions.NullLogger<ConsumerInjection>.Instance));
        var request = Request(Annotated(Ask, "{}"), null);

        var older = Assert.IsType<AdmissionDecision.Patched>(await handler.DecideAsync(
            request with { Kind = new GroupVersionKind("k0smotron.io", "v1beta1", "Cluster") }, CancellationToken.None));
        var newer = Assert.IsType<AdmissionDecision.Patched>(await handler.DecideAsync(
            request with { Kind = new GroupVersionKind("k0smotron.io", "v1beta2", "Cluster") }, CancellationToken.None));

        Assert.Contains("\"/spec/kineDataSourceSecretName\"", Encoding.UTF8.GetString(older.JsonPatch.Span), StringComparison.Ordinal);
        Assert.Contains("\"/spec/storage\"", Encoding.UTF8.GetString(newer.JsonPatch.Span), StringComparison.Ordinal);
    }

    private static string Annotated(string annotations, string spec) =>
        $$$"""{"apiVersion":"helm.toolkit.fluxcd.io/v2","kind":"HelmRelease","metadata":{"name":"prod","uid":"uid-1","annotations":{{{{annotations}}}}},"spec":{{{spec}}}}""";

    private static ClusterDataSource Own() => Published("prod-kine", "prod-kine-ca") with
    {
        Metadata = Meta("prod") with
        {
            OwnerReferences = [new OwnerReference { ApiVersion = "helm.toolkit.fluxcd.io/v2", Kind = "HelmRelease", Name = "prod", Uid = "uid-1", Controller = true }],
        },
    };

    private ValueTask<AdmissionDecision> DecideAsync(string release, string? before) => Handler.DecideAsync(Request(release, before), CancellationToken.None);

    private async Task<string> PatchAsync(string release, string? before) =>
        Encoding.UTF8.GetString(Assert.IsType<AdmissionDecision.Patched>(await DecideAsync(release, before)).JsonPatch.Span);

    private async Task<string> DenialAsync(string release, string? before) =>
        string.Join('\n', Assert.IsType<AdmissionDecision.Denied>(await DecideAsync(release, before)).Causes.Select(cause => $"{cause.Field}: {cause.Message}"));
}
