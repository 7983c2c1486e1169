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
    [InlineData("webhook", 9)]
    [InlineData("controller", 10)]
    [InlineData("samples", 4)]
    [InlineData("default", 27)]
    [InlineData("k0rdent", 25)]
    [InlineData("monitoring", 4)]
    [InlineData("self-signed", 29)]
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
            ["Namespace", "CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding", "PriorityClass", "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"];

        var documents = Manifest.Parse(output);

        var elsewhere = documents
            .Where(document => !clusterScoped.Contains(document.Text("kind"), StringComparer.Ordinal) && document.Text("metadata.namespace") != "k0rdent-datasource")
            .Select(document => $"{document.Text("kind")} {document.Text("metadata.namespace")}/{document.Text("metadata.name")}");

        Assert.Equal(["RoleBinding kcm-system/k0rdent-datasource-controller"], elsewhere);
        Assert.Contains(documents, document => document.Text("kind") == "Namespace" && document.Text("metadata.name") == "k0rdent-datasource");
    }

    [Fact]
    public async Task Beside_k0rdent_everything_is_the_same_but_the_CRDs()
    {
        var ours = await Overlay.BuildAsync("default");
        var beside = await Overlay.BuildAsync("k0rdent");

        Assert.Empty(beside.OfKind("CustomResourceDefinition"));
        Assert.Equal(ours.Where(o => o.Text("kind") != "CustomResourceDefinition"), beside);
    }

    [Fact]
    public async Task The_component_for_every_namespace_replaces_the_binding_of_one()
    {
        await InstalledKubectl.RequireAsync(21, "kustomize components");
        var folder = Directory.CreateDirectory(Path.Combine(Manifest.Root, "manifests", $".test-{Guid.NewGuid():n}"));
        try
        {
            await File.WriteAllTextAsync(
                Path.Combine(folder.FullName, "kustomization.yaml"), "resources: [../default]\ncomponents: [../every-namespace]\n", TestContext.Current.CancellationToken);

            var (exitCode, output, _) = await Tool.RunAsync("kubectl", "kustomize", folder.FullName);

            Assert.Equal(0, exitCode);
            Assert.Equal(
                ["ClusterRoleBinding "],
                Manifest.Parse(output).Where(o => o.Find("roleRef.name")?.ToString() == "k0rdent-datasource-controller-secrets")
                    .Select(o => $"{o.Text("kind")} {o.Find("metadata.namespace")}"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
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
