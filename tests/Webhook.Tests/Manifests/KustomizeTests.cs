using System.Text.Json;
using Provisioning.Kubernetes;
using Provisioning.Resources;
using YamlDotNet.RepresentationModel;
using YamlDotNet.Serialization;

namespace Webhook.Tests.Manifests;

public sealed class KustomizeTests
{
    [Theory]
    [InlineData("crds", 2)]
    [InlineData("webhook", 8)]
    [InlineData("controller", 8)]
    [InlineData("samples", 4)]
    [InlineData("default", 23)]
    [InlineData("self-signed", 25)]
    public async Task Kubectl_builds_it_without_a_warning(string folder, int count)
    {
        await InstalledKubectl.RequireAsync(21, "kustomize components");

        var (exitCode, output, error) = await Tool.RunAsync("kubectl", "kustomize", $"manifests/{folder}");

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Equal(count, Manifest.Parse(output).Count);
    }

    [Fact]
    public async Task All_that_belongs_to_a_namespace_is_in_the_one_that_is_created()
    {
        await InstalledKubectl.RequireAsync(21, "kustomize components");
        var (_, output, _) = await Tool.RunAsync("kubectl", "kustomize", "manifests/default");
        string[] clusterScoped =
            ["Namespace", "CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding", "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"];

        var documents = Manifest.Parse(output);

        var elsewhere = documents
            .Where(document => !clusterScoped.Contains(document.Text("kind"), StringComparer.Ordinal) && document.Text("metadata.namespace") != "k0rdent-datasource")
            .Select(document => $"{document.Text("kind")} {document.Text("metadata.namespace")}/{document.Text("metadata.name")}");

        Assert.Equal(["RoleBinding kcm-system/k0rdent-datasource-controller"], elsewhere);
        Assert.Contains(documents, document => document.Text("kind") == "Namespace" && document.Text("metadata.name") == "k0rdent-datasource");
    }

    [Fact]
    public async Task One_command_sets_the_image_of_both_Deployments()
    {
        await InstalledKubectl.RequireAsync(21, "kustomize components");
        var (_, output, _) = await Tool.RunAsync("kubectl", "kustomize", "manifests/default");

        var images = Manifest.Parse(output).Where(document => document.Text("kind") == "Deployment")
            .Select(document => document.Sequence("spec.template.spec.containers").Single().Text("image")).ToList();

        Assert.Equal(["k0rdent-datasource:latest", "k0rdent-datasource:latest"], images);
    }

    [Fact]
    public void The_samples_obey_the_rules()
    {
        var rules = new ResourceRules(EndpointPolicy.Default);

        Assert.Empty(rules.FindViolations(Read<DataSource>("samples/datasource.yaml")));
        Assert.Empty(rules.FindViolations(Read<ClusterDeployment>("samples/clusterdeployment.yaml")));
        Assert.Empty(DataSourceWarnings.Find(Read<DataSource>("samples/datasource.yaml"), mayBeCopied: true));
    }

    [Fact]
    public void The_samples_hold_no_credential_but_places_for_them()
    {
        var values = Manifest.Read("samples/secrets.yaml").SelectMany(secret => ((YamlMappingNode)secret.Find("stringData")!).Children.Values).ToList();

        Assert.Equal(3, values.Count);
        Assert.All(values, value => Assert.Matches("<[a-z0-9 ]+>", value.ToString()));
    }

    private static T Read<T>(string file)
    {
        var value = new DeserializerBuilder().Build().Deserialize<object>(File.ReadAllText(Path.Combine(Manifest.Root, "manifests", file)));
        var json = new SerializerBuilder().JsonCompatible().Build().Serialize(value);
        return JsonSerializer.Deserialize<T>(json, KubernetesJson.Options)!;
    }
}
