using Webhook.Admission;
using YamlDotNet.RepresentationModel;

namespace Webhook.Tests.Manifests;

/// <summary>What the API server is told about the webhook.</summary>
public sealed class WebhookConfigurationTests
{
    private const string Validating = "webhook/validating.yaml";
    private const string Mutating = "webhook/mutating.yaml";
    private const string Annotated =
        "(has(object.metadata.annotations) && \"k0rdent.mirantis.com/data-source\" in object.metadata.annotations) || "
        + "(request.operation == \"UPDATE\" && has(oldObject.metadata.annotations) && "
        + "\"k0rdent.mirantis.com/data-source\" in oldObject.metadata.annotations)";

    [Theory]
    [InlineData(Validating, "datasources", "k0rdent.mirantis.com/v1beta1", "datasources", "CREATE,UPDATE,DELETE")]
    [InlineData(Validating, "clusterdatasources", "k0rdent.mirantis.com/v1beta1", "clusterdatasources,clusterdatasources/status", "CREATE,UPDATE")]
    [InlineData(Validating, "clusterdeployments", "k0rdent.mirantis.com/v1beta1", "clusterdeployments", "CREATE,UPDATE")]
    [InlineData(Mutating, "helmreleases", "helm.toolkit.fluxcd.io/v2", "helmreleases", "CREATE,UPDATE")]
    [InlineData(Mutating, "k0smotron-clusters", "k0smotron.io/v1beta1,v1beta2", "clusters", "CREATE,UPDATE")]
    public void Each_resource_is_sent_to_one_webhook(string file, string name, string groupVersion, string resources, string operations)
    {
        var rule = Assert.Single(Webhooks(file).Single(webhook => webhook.Text("name") == $"{name}.admission.k0rdent.mirantis.com").Sequence("rules"));

        Assert.Equal(groupVersion, $"{rule.Texts("apiGroups").Single()}/{string.Join(',', rule.Texts("apiVersions"))}");
        Assert.Equal(resources, string.Join(',', rule.Texts("resources")));
        Assert.Equal(operations, string.Join(',', rule.Texts("operations")));
        Assert.Equal("Namespaced", rule.Text("scope"));
    }

    [Theory]
    [InlineData(Validating, AdmissionExtensions.ValidatePath, 3)]
    [InlineData(Mutating, AdmissionExtensions.MutatePath, 2)]
    public void Every_webhook_fails_closed_everywhere_and_writes_nothing(string file, string path, int count)
    {
        var webhooks = Webhooks(file);

        Assert.Equal(count, webhooks.Count);
        Assert.All(webhooks, webhook =>
        {
            Assert.Equal("Fail", webhook.Text("failurePolicy"));
            Assert.Equal("None", webhook.Text("sideEffects"));
            Assert.Equal("Equivalent", webhook.Text("matchPolicy"));
            Assert.Equal("10", webhook.Text("timeoutSeconds"));
            Assert.Equal(["v1"], webhook.Texts("admissionReviewVersions"));
            Assert.Empty(((YamlMappingNode)webhook.Find("namespaceSelector")!).Children);
            Assert.Null(webhook.Find("objectSelector"));
            Assert.Equal(path, webhook.Text("clientConfig.service.path"));
            Assert.NotEmpty(webhook.Sequence("matchConditions"));
            Assert.Null(webhook.Find("clientConfig.caBundle"));
        });
    }

    [Fact]
    public void A_release_is_sent_only_when_a_cluster_owns_it_or_it_asks_for_a_database_or_did_before_this_update()
    {
        var conditions = Conditions("helmreleases");

        Assert.Equal(
            [
                "(has(object.metadata.ownerReferences) && object.metadata.ownerReferences.exists(owner, "
                + "owner.kind == \"ClusterDeployment\" && owner.apiVersion.startsWith(\"k0rdent.mirantis.com/\"))) || "
                + "(request.operation == \"UPDATE\" && has(oldObject.metadata.ownerReferences) && oldObject.metadata.ownerReferences.exists(owner, "
                + "owner.kind == \"ClusterDeployment\" && owner.apiVersion.startsWith(\"k0rdent.mirantis.com/\"))) || "
                + Annotated,
                "!has(object.metadata.deletionTimestamp)",
            ],
            conditions);
    }

    [Fact]
    public void A_Cluster_is_sent_only_when_it_asks_for_a_database_or_did_before_this_update() =>
        Assert.Equal([Annotated, "!has(object.metadata.deletionTimestamp)"], Conditions("k0smotron-clusters"));

    [Fact]
    public void Whoever_writes_the_values_last_they_are_written_again() =>
        Assert.All(Webhooks(Mutating), webhook => Assert.Equal("IfNeeded", webhook.Text("reinvocationPolicy")));

    [Theory]
    [InlineData(Validating)]
    [InlineData(Mutating)]
    public void The_Service_the_certificate_and_the_authority_belong_together(string file)
    {
        var configuration = Manifest.Read(file).Single();
        var service = Manifest.Read("webhook/service.yaml").Single();
        var certificate = Manifest.Read("../certs/certificate.yaml").Single();
        var (name, inNamespace) = (service.Text("metadata.name"), service.Text("metadata.namespace"));

        Assert.All(Webhooks(file), webhook =>
        {
            Assert.Equal(name, webhook.Text("clientConfig.service.name"));
            Assert.Equal(inNamespace, webhook.Text("clientConfig.service.namespace"));
            Assert.Equal(service.Sequence("spec.ports").Single().Text("port"), webhook.Text("clientConfig.service.port"));
        });
        Assert.Contains($"{name}.{inNamespace}.svc", certificate.Texts("spec.dnsNames"));
        var annotations = (YamlMappingNode)configuration.Find("metadata.annotations")!;
        Assert.Equal(
            $"{certificate.Text("metadata.namespace")}/{certificate.Text("metadata.name")}",
            annotations.Children[new YamlScalarNode("cert-manager.io/inject-ca-from")].ToString());
    }

    [Theory]
    [InlineData(Validating)]
    [InlineData(Mutating)]
    public void Every_choice_has_its_reason_beside_it(string file)
    {
        var comments = File.ReadLines(Path.Combine(Manifest.Root, "manifests", file)).Where(line => line.TrimStart().StartsWith('#')).ToList();

        Assert.All(
            ["failurePolicy", "timeoutSeconds", "namespaceSelector", "sideEffects"],
            choice => Assert.Contains(comments, comment => comment.StartsWith($"# - {choice} ", StringComparison.Ordinal)));
    }

    private static List<string> Conditions(string name) =>
    [
        .. Webhooks(Mutating).Single(webhook => webhook.Text("name") == $"{name}.admission.k0rdent.mirantis.com")
            .Sequence("matchConditions").Select(condition => condition.Text("expression")),
    ];

    private static List<YamlNode> Webhooks(string file) => [.. Manifest.Read(file).Single().Sequence("webhooks")];
}
