using YamlDotNet.RepresentationModel;

namespace Webhook.Tests.Manifests;

/// <summary>
/// The CRDs must accept, require and prune what k0rdent's own do, because both may be applied to one cluster. Descriptions and printer
/// columns are free.
/// </summary>
public sealed class CustomResourceDefinitionTests
{
    private const string SecretKeyReference = """
        : object required=key x-kubernetes-map-type=atomic
        .key: string minLength=1
        .name: string
        .namespace: string
        """;

    [Fact]
    public void A_DataSource_has_these_fields_and_no_others()
    {
        var expected = $"""
            : object required=spec
            .apiVersion: string
            .kind: string
            .metadata: object
            .spec: object required=auth,endpoints,type rule=self == oldSelf
            .spec.auth: object required=password,username
            {Under(".spec.auth.password")}
            {Under(".spec.auth.username")}
            {Under(".spec.certificateAuthority")}
            .spec.endpoints: array
            .spec.endpoints[]: string
            .spec.type: string enum=postgresql
            """;

        Assert.Equal(Lines(expected), Fields("datasources.yaml"));
    }

    [Fact]
    public void A_ClusterDataSource_has_these_fields_and_no_others()
    {
        const string Expected = """
            : object required=spec
            .apiVersion: string
            .kind: string
            .metadata: object
            .spec: object required=dataSource,schema
            .spec.dataSource: string
            .spec.schema: string rule=self == oldSelf
            .status: object required=ready
            .status.caSecret: string
            .status.error: string
            .status.kineDataSourceSecret: string
            .status.observedGeneration: integer format=int64
            .status.ready: boolean
            """;

        Assert.Equal(Lines(Expected), Fields("clusterdatasources.yaml"));
    }

    [Theory]
    [InlineData("datasources.yaml", "DataSource", "datasources", "datasource", null, false)]
    [InlineData("clusterdatasources.yaml", "ClusterDataSource", "clusterdatasources", "clusterdatasource", "clds", true)]
    public void Names_scope_and_subresources_are_those_of_k0rdent(
        string file, string kind, string plural, string singular, string? shortName, bool hasStatus)
    {
        var definition = Manifest.Read($"crds/{file}").Single();
        var version = definition.Sequence("spec.versions").Single();

        Assert.Equal($"{plural}.k0rdent.mirantis.com", definition.Text("metadata.name"));
        Assert.Equal("k0rdent.mirantis.com", definition.Text("spec.group"));
        Assert.Equal("Namespaced", definition.Text("spec.scope"));
        Assert.Equal(kind, definition.Text("spec.names.kind"));
        Assert.Equal($"{kind}List", definition.Text("spec.names.listKind"));
        Assert.Equal(plural, definition.Text("spec.names.plural"));
        Assert.Equal(singular, definition.Text("spec.names.singular"));
        Assert.Equal(shortName is null ? [] : [shortName], definition.Texts("spec.names.shortNames"));
        Assert.Equal("v1beta1", version.Text("name"));
        Assert.Equal("true", version.Text("served"));
        Assert.Equal("true", version.Text("storage"));
        Assert.Equal(hasStatus, version.Find("subresources.status") is not null);
    }

    [Theory]
    [InlineData("datasources.yaml", "Type,Endpoints,CA,Age")]
    [InlineData("clusterdatasources.yaml", "DataSource,Schema,Ready,Error,Secret,Age")]
    public void Kubectl_get_shows_these_columns(string file, string columns)
    {
        var version = Manifest.Read($"crds/{file}").Single().Sequence("spec.versions").Single();

        Assert.Equal(columns, string.Join(',', version.Sequence("additionalPrinterColumns").Select(column => column.Text("name"))));
    }

    [Theory]
    [InlineData("datasources.yaml")]
    [InlineData("clusterdatasources.yaml")]
    public void Every_immutable_field_says_so_in_a_message(string file)
    {
        var schema = Manifest.Read($"crds/{file}").Single().Sequence("spec.versions").Single().Find("schema.openAPIV3Schema")!;
        var rules = schema.Descendants().Select(node => node.Find("x-kubernetes-validations")).OfType<YamlSequenceNode>().ToList();

        Assert.Single(rules);
        Assert.All(rules.SelectMany(rule => rule), rule => Assert.Contains("cannot be changed", rule.Text("message"), StringComparison.Ordinal));
    }

    private static string Under(string path) =>
        string.Join('\n', SecretKeyReference.Split('\n').Select(line => path + line));

    private static string[] Lines(string text) => [.. text.Split('\n').Select(line => line.Trim())];

    private static string[] Fields(string file)
    {
        var schema = Manifest.Read($"crds/{file}").Single().Sequence("spec.versions").Single().Find("schema.openAPIV3Schema")!;
        return [.. Describe("", schema).OrderBy(line => line[..line.IndexOf(':', StringComparison.Ordinal)], StringComparer.Ordinal)];
    }

    private static IEnumerable<string> Describe(string path, YamlNode schema)
    {
        string[] prose = ["description", "example", "properties", "items", "type", "x-kubernetes-validations"];
        var keywords = ((YamlMappingNode)schema).Children
            .Select(child => (Key: child.Key.ToString(), child.Value))
            .Where(child => !prose.Contains(child.Key, StringComparer.Ordinal))
            .OrderBy(child => child.Key, StringComparer.Ordinal)
            .Select(child => $" {child.Key}={(child.Value is YamlSequenceNode list ? string.Join(',', list.Select(item => item.ToString()).Order(StringComparer.Ordinal)) : child.Value)}");
        var rules = (schema.Find("x-kubernetes-validations") as YamlSequenceNode)?.Select(rule => $" rule={rule.Text("rule")}") ?? [];
        yield return $"{path}: {schema.Text("type")}{string.Concat(keywords)}{string.Concat(rules)}";

        var children = (schema.Find("properties") as YamlMappingNode)?.Children.SelectMany(child => Describe($"{path}.{child.Key}", child.Value)) ?? [];
        var items = schema.Find("items") is { } item ? Describe($"{path}[]", item) : [];
        foreach (var line in children.Concat(items))
        {
            yield return line;
        }
    }
}
