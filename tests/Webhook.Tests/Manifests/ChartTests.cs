using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace Webhook.Tests.Manifests;

/// <summary>The Helm chart installs what the overlays install.</summary>
public sealed partial class ChartTests
{
    private const string InRelease = "k0rdent-datasource";

    private static readonly string[] Definitions = ["clusterdatasources.yaml", "datasources.yaml"];
    private static readonly string[] Resources = ["limits", "requests"];

    private static readonly YamlNode Values = Manifest.Read("chart/values.yaml").Single();

    private static Dictionary<string, string> Templates => Directory.GetFiles(Path.Combine(Chart.Folder, "templates"))
        .ToDictionary(file => Path.GetFileName(file), File.ReadAllText, StringComparer.Ordinal);

    [Fact]
    public async Task The_templates_and_CRDs_are_made_from_the_overlay()
    {
        await InstalledKubectl.RequireAsync(21, "kustomize components");
        var (_, built, _) = await Tool.RunAsync("kubectl", "kustomize", "manifests/k0rdent");
        var made = Chart.Templates(built, await File.ReadAllTextAsync(Repository.Path("manifests/every-namespace/binding.yaml"), TestContext.Current.CancellationToken));
        if (Environment.GetEnvironmentVariable("UPDATE_DOCUMENTS") == "1")
        {
            await WriteAsync(made);
        }

        Assert.Equal(made.OrderBy(file => file.Key, StringComparer.Ordinal), Templates.OrderBy(file => file.Key, StringComparer.Ordinal));
        Assert.Equal(Definitions, Directory.GetFiles(Path.Combine(Chart.Folder, "crds")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(
            Directory.GetFiles(Path.Combine(Chart.Folder, "crds")),
            file => Assert.Equal(File.ReadAllText(Repository.Path($"manifests/crds/{Path.GetFileName(file)}")), File.ReadAllText(file)));
    }

    [Fact]
    public async Task Rendered_with_its_own_values_it_is_the_overlay()
    {
        var overlay = await Overlay.BuildAsync("k0rdent");

        Assert.Equal(ByName(overlay.Where(o => o.Text("kind") != "Namespace")), ByName(Rendered(Values, InRelease)));
    }

    [Fact]
    public async Task Helm_renders_the_same()
    {
        Tool.Require("helm");
        var (exitCode, output, error) = await Tool.RunAsync("helm", "template", "x", "manifests/chart", "--namespace", InRelease);

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Equal(ByName(Rendered(Values, InRelease)), ByName(Manifest.Parse(output)));
    }

    [Fact]
    public async Task Helm_has_nothing_against_it()
    {
        Tool.Require("helm");
        var (exitCode, output, error) = await Tool.RunAsync("helm", "lint", "--strict", "manifests/chart");

        Assert.True(exitCode == 0, output + error);
        Assert.Contains("0 chart(s) failed", output, StringComparison.Ordinal);
    }

    [Fact]
    public void In_another_namespace_everything_moves_along()
    {
        var moved = Rendered(Values, "elsewhere");

        Assert.All(
            moved.Where(o => o.Find("metadata.namespace") is not null && o.Text("metadata.namespace") != "kcm-system"), o => Assert.Equal("elsewhere", o.Text("metadata.namespace")));
        Assert.All(moved.SelectMany(o => o.Sequence("subjects")), subject => Assert.Equal("elsewhere", subject.Text("namespace")));
        Assert.All(moved.SelectMany(o => o.Sequence("webhooks")), webhook => Assert.Equal("elsewhere", webhook.Text("clientConfig.service.namespace")));
        Assert.Contains(
            moved.SelectMany(o => o.Sequence("spec.template.spec.containers")).SelectMany(container => container.Sequence("env")),
            variable => variable.Find("value")?.ToString() == "system:serviceaccount:elsewhere:k0rdent-datasource-controller");
    }

    [Fact]
    public void The_values_choose_image_replicas_namespaces_and_settings()
    {
        var values = Manifest.Parse("""
            image: {repository: registry.example.com/x, tag: "1.2"}
            secretNamespaces: [team-a, team-b]
            everyNamespace: false
            webhook: {replicas: 3, resources: {limits: {memory: 1Gi}}, extraEnv: {Endpoints__AllowedNetworks__0: 10.0.0.0/8}}
            controller: {replicas: 1, resources: {}, extraEnv: {}}
            """).Single();
        var objects = Rendered(values, InRelease);
        var webhook = objects.One("Deployment", "k0rdent-datasource-webhook");
        var container = webhook.Sequence("spec.template.spec.containers").Single();

        Assert.Equal("3", webhook.Text("spec.replicas"));
        Assert.Equal("registry.example.com/x:1.2", container.Text("image"));
        Assert.Equal("1Gi", container.Text("resources.limits.memory"));
        Assert.Contains(container.Sequence("env"), variable => variable.Text("name") == "Endpoints__AllowedNetworks__0" && variable.Text("value") == "10.0.0.0/8");
        Assert.Equal(["team-a", "team-b"], SecretBindings(objects).Select(binding => binding.Text("metadata.namespace")));
    }

    [Fact]
    public void With_every_namespace_there_is_one_binding()
    {
        var values = Manifest.Parse(File.ReadAllText(Repository.Path("manifests/chart/values.yaml")).Replace("everyNamespace: false", "everyNamespace: true", StringComparison.Ordinal)).Single();

        Assert.Equal(["ClusterRoleBinding"], SecretBindings(Rendered(values, InRelease)).Select(binding => binding.Text("kind")));
    }

    [Fact]
    public void The_schema_names_every_value_and_no_other()
    {
        var schema = JsonNode.Parse(File.ReadAllText(Repository.Path("manifests/chart/values.schema.json")))!;

        Assert.Contains(".webhook.replicas", Leaves(Values, schema, schema));
        Assert.All(
            Templates.Values.SelectMany(template => ValuePath().Matches(template)).Select(match => match.Groups["path"].Value),
            path => Assert.NotNull(Values.Find(path)));
    }

    private static IEnumerable<YamlNode> SecretBindings(IEnumerable<YamlNode> objects) =>
        objects.Where(o => o.Find("roleRef.name")?.ToString() == "k0rdent-datasource-controller-secrets");

    private static IReadOnlyList<YamlNode> Rendered(YamlNode values, string inNamespace) =>
        [.. Templates.Values.SelectMany(template => Manifest.Parse(new ChartRenderer(values, inNamespace).Render(template))).Where(document => document is YamlMappingNode)];

    private static IEnumerable<(string Name, YamlNode Object)> ByName(IEnumerable<YamlNode> objects) => objects
        .Select(o => ($"{o.Text("kind")} {o.Find("metadata.namespace")}/{o.Text("metadata.name")}", o)).OrderBy(entry => entry.Item1, StringComparer.Ordinal);

    // The paths of all values; each mapping must have a schema that allows nothing else, and each leaf a type in it.
    private static List<string> Leaves(YamlNode value, JsonNode schema, JsonNode root, string path = "")
    {
        var resolved = (string?)schema["$ref"] is { } reference ? root["definitions"]![reference.Split('/')[^1]]! : schema;
        if (value is not YamlMappingNode mapping || resolved["properties"] is not JsonObject properties)
        {
            Assert.NotNull(resolved["type"]);
            return [path];
        }

        Assert.False((bool)resolved["additionalProperties"]!, $"{path} allows what the chart does not read.");
        Assert.Equal(
            properties.Select(property => property.Key).Where(key => key != "global").Order(StringComparer.Ordinal),
            mapping.Children.Keys.Select(key => key.ToString()).Union(path.EndsWith(".resources", StringComparison.Ordinal) ? Resources : [], StringComparer.Ordinal).Order(StringComparer.Ordinal));
        return [.. mapping.Children.SelectMany(child => Leaves(child.Value, properties[child.Key.ToString()]!, root, $"{path}.{child.Key}"))];
    }

    private static async Task WriteAsync(IReadOnlyDictionary<string, string> templates)
    {
        foreach (var (name, text) in templates)
        {
            await File.WriteAllTextAsync(Path.Combine(Chart.Folder, "templates", name), text, TestContext.Current.CancellationToken);
        }

        foreach (var name in Definitions)
        {
            File.Copy(Repository.Path($"manifests/crds/{name}"), Path.Combine(Chart.Folder, "crds", name), overwrite: true);
        }
    }

    [GeneratedRegex(@"\$\.Values\.(?<path>[A-Za-z.]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ValuePath();
}
