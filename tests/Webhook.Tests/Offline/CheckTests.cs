using System.Text.Json;

namespace Webhook.Tests.Offline;

public sealed class CheckTests : IDisposable
{
    private readonly CommandLine commands = new();

    public void Dispose() => commands.Dispose();

    [Theory]
    [InlineData("db:99999", "stdin:9: spec.endpoints[0]: Invalid value: \"db:99999\": port must be between 1 and 65535, inclusive\n")]
    [InlineData("5432", "stdin:9: spec.endpoints[0]: Invalid value: \"integer\": spec.endpoints[0] in body must be of type string: \"integer\"\n")]
    [InlineData("on", "stdin:9: spec.endpoints[0]: Invalid value: \"boolean\": spec.endpoints[0] in body must be of type string: \"boolean\"\n")]
    [InlineData("0755", "stdin:9: spec.endpoints[0]: Invalid value: \"integer\": spec.endpoints[0] in body must be of type string: \"integer\"\n")]
    [InlineData("db.example.com: 5432", "stdin:9: spec.endpoints[0]: Invalid value: \"object\": spec.endpoints[0] in body must be of type string: \"object\"\n")]
    [InlineData("\"127.0.0.1:5432\"", "stdin:9: spec.endpoints[0]: Invalid value: \"127.0.0.1:5432\": may not be in the loopback range (127.0.0.0/8, ::1/128) or a localhost name\n")]
    public async Task Says_what_is_wrong_with_an_endpoint_at_its_line(string endpoint, string expected)
    {
        var (exitCode, output) = await CommandLine.CheckAsync(Samples.DataSource(endpoint));

        Assert.Equal((1, expected), (exitCode, output));
    }

    [Theory]
    [InlineData("\"on\"")]
    [InlineData("!!str 5432")]
    [InlineData("'0755'")]
    public async Task Takes_a_quoted_scalar_as_a_string(string type)
    {
        var (_, output) = await CommandLine.CheckAsync(Samples.DataSource(type: type));

        Assert.StartsWith("stdin:7: spec.type: Unsupported value: ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_a_misspelt_annotation_of_ours_on_what_asks_for_a_database_too()
    {
        var (exitCode, output) = await CommandLine.CheckAsync(
            """
            apiVersion: helm.toolkit.fluxcd.io/v2
            kind: HelmRelease
            metadata:
              name: a
              annotations:
                example.org/other: "1"
                k0rdent.mirantis.com/datasource: main
            ---
            {apiVersion: k0smotron.io/v1beta2, kind: Cluster, metadata: {name: b, annotations: {k0rdent.mirantis.com/data-sources: main}}}
            ---
            {apiVersion: cluster.x-k8s.io/v1beta1, kind: Cluster, metadata: {name: c, annotations: {k0rdent.mirantis.com/data-sources: main}}}
            """);

        Assert.Equal(
            (0, """
            stdin:7: warning: metadata.annotations[k0rdent.mirantis.com/datasource]: not known; did you mean data-source?
            stdin:9: warning: metadata.annotations[k0rdent.mirantis.com/data-sources]: not known; did you mean data-source?

            """),
            (exitCode, output));
    }

    [Fact]
    public async Task Says_nothing_about_what_is_clean()
    {
        var (exitCode, output, error) = await CommandLine.RunAsync(["check", "-f", "-"], Samples.DataSource());

        Assert.Equal((0, "", "checked 1 objects in 1 files: 0 violations, 0 warnings\n"), (exitCode, output, error));
    }

    [Fact]
    public async Task Reports_every_violation_of_every_document_and_list_item()
    {
        var list = """
            {"apiVersion": "v1", "kind": "List", "items": [
              {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "foreign"}},
              {"apiVersion": "k0rdent.mirantis.com/v1beta1", "kind": "DataSource",
               "metadata": {"name": "x", "namespace": "team"},
               "spec": {"type": "mysql",
                        "endpoints": [],
                        "colour": 1}}
            ]}
            """;
        var file = commands.Write("a.json", list);
        var yaml = commands.Write("b.yml", Samples.DataSource() + "---\n---\n" + Samples.ClusterDataSource("c", "other"));

        var (exitCode, output, _) = await CommandLine.RunAsync(["check", "-f", file, "-f", yaml]);

        Assert.Equal(1, exitCode);
        Assert.Equal(
            [
                $"{file}:5: spec.type: Unsupported value: \"mysql\": supported values: \"postgresql\"",
                $"{file}:5: spec.auth: Required value",
                $"{file}:6: spec.endpoints: Required value",
                $"{file}:7: spec.colour: unknown field",
                $"{yaml}:19: spec.schema: Invalid value: \"other\": must begin with team_c, the namespace and the name of the cluster",
            ],
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Goes_through_folders_and_leaves_other_files_and_kinds_alone()
    {
        commands.Write("folder/deep/er/one.yaml", Samples.DataSource("db"));
        commands.Write("folder/two.yml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {spec: 1}\n");
        commands.Write("folder/notes.txt", ": not [ yaml");

        var (exitCode, output, error) = await CommandLine.RunAsync(["check", "-f", Path.Combine(commands.Folder.FullName, "folder")]);

        Assert.Equal(1, exitCode);
        Assert.Contains("one.yaml:9: spec.endpoints[0]: ", output, StringComparison.Ordinal);
        Assert.Equal("checked 1 objects in 2 files: 1 violations, 0 warnings\n", error);
    }

    [Fact]
    public async Task Prints_warnings_as_warnings_and_exits_clean()
    {
        var (exitCode, output) = await CommandLine.CheckAsync(Samples.DataSource("db:5432"));

        Assert.Equal((0, "stdin:9: warning: spec.endpoints[0]: a single-label host; clusters in other networks may not resolve it\n"), (exitCode, output));
    }

    [Theory]
    [InlineData("a: [1\nb: 2\n")]
    [InlineData("a: 1\na: 2\n")]
    [InlineData("a: *missing\n")]
    [InlineData("a: \"open\n")]
    [InlineData("{\"a\": 1,}}")]
    [InlineData("a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n")]
    public async Task Reports_text_that_is_no_manifest_as_a_violation_with_its_line(string text)
    {
        var (exitCode, output) = await CommandLine.CheckAsync(text);

        Assert.Equal(1, exitCode);
        Assert.Matches(@"\Astdin:[1-9][0-9]*: .+\n\z", output);
    }

    [Fact]
    public async Task Reports_endless_nesting_instead_of_overflowing_the_stack()
    {
        var (exitCode, output) = await CommandLine.CheckAsync($"a: {new string('[', 100_000)}");

        Assert.Equal(1, exitCode);
        Assert.StartsWith("stdin:1: ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Checks_what_stands_before_a_syntax_error()
    {
        var (_, output) = await CommandLine.CheckAsync(Samples.DataSource("db") + "---\na: [\n");

        Assert.Contains("stdin:9: spec.endpoints[0]: ", output, StringComparison.Ordinal);
        Assert.Equal(2, output.Count(character => character == '\n'));
    }

    [Fact]
    public async Task Finds_what_objects_of_the_set_say_against_each_other()
    {
        var set = string.Join(
            "---\n",
            Samples.DataSource(),
            Samples.DataSource(name: "same-server"),
            Samples.ClusterDataSource("a", "team_a_1"),
            Samples.ClusterDataSource("a-1", "team_a_1", "same-server"),
            Samples.ClusterDataSource("b", "team_b_1"),
            Samples.DataSource("other.example.com:5432"));

        var (_, output) = await CommandLine.CheckAsync(set);

        Assert.Contains(": spec.schema: Duplicate value: \"team_a_1\": another ClusterDataSource of the same server has a database of this name\n", output, StringComparison.Ordinal);
        Assert.Contains(": spec: Forbidden: the spec cannot be changed; create another DataSource instead\n", output, StringComparison.Ordinal);
        Assert.Equal(2, output.Count(character => character == '\n'));
    }

    [Fact]
    public async Task Does_not_mind_a_data_source_that_is_not_in_the_set()
    {
        var deployment = "apiVersion: k0rdent.mirantis.com/v1beta1\nkind: ClusterDeployment\nmetadata: {name: c}\nspec: {template: t, dataSource: elsewhere}\n";

        Assert.Equal((0, ""), await CommandLine.CheckAsync(deployment + "---\n" + Samples.ClusterDataSource("c", "team_c_1", "elsewhere")));
        Assert.Equal(1, (await CommandLine.CheckAsync(deployment.Replace("elsewhere", "Not_A_Name", StringComparison.Ordinal))).ExitCode);
    }

    [Theory]
    [InlineData("127.0.0.1:5432", "--allow-loopback", 0)]
    [InlineData("10.1.2.3:5432", "--allowed-network=10.0.0.0/8", 0)]
    [InlineData("11.1.2.3:5432", "--allowed-network=10.0.0.0/8", 1)]
    [InlineData("db.example.com:5432", "--allowed-host-suffix=example.org", 1)]
    [InlineData("db.example.com:5432", "--allowed-network=ten", 2)]
    public async Task Knows_the_servers_policy_on_endpoints(string endpoint, string option, int expected) =>
        Assert.Equal(expected, (await CommandLine.CheckAsync(Samples.DataSource(endpoint), option)).ExitCode);

    [Fact]
    public async Task Shows_no_value_that_may_be_a_credential()
    {
        foreach (var format in new[] { "text", "json", "sarif" })
        {
            var (exitCode, output) = await CommandLine.CheckAsync(Samples.DataSource("postgres://u:hunter2@db:5432/x", type: "[hunter2]"), "-o", format);

            Assert.Equal(1, exitCode);
            Assert.DoesNotContain("hunter2", output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Writes_json_and_sarif()
    {
        var manifest = Samples.DataSource("db:0");

        using var json = JsonDocument.Parse((await CommandLine.CheckAsync(manifest, "--output", "json")).Out);
        var violation = json.RootElement.GetProperty("violations")[0];
        Assert.Equal(("stdin", 9, "DataSource team/db", "spec.endpoints[0]"), (
            violation.GetProperty("file").GetString(), violation.GetProperty("line").GetInt32(), violation.GetProperty("object").GetString(), violation.GetProperty("field").GetString()));

        using var sarif = JsonDocument.Parse((await CommandLine.CheckAsync(manifest, "--output", "sarif")).Out);
        Assert.Equal("2.1.0", sarif.RootElement.GetProperty("version").GetString());
        var run = sarif.RootElement.GetProperty("runs")[0];
        var result = run.GetProperty("results")[0];
        Assert.Equal(run.GetProperty("tool").GetProperty("driver").GetProperty("rules")[0].GetProperty("id").GetString(), result.GetProperty("ruleId").GetString());
        Assert.Equal("error", result.GetProperty("level").GetString());
        var location = result.GetProperty("locations")[0].GetProperty("physicalLocation");
        Assert.Equal(9, location.GetProperty("region").GetProperty("startLine").GetInt32());
        Assert.Equal("stdin", location.GetProperty("artifactLocation").GetProperty("uri").GetString());
    }

    [Fact]
    public async Task Passes_the_samples_of_the_repository()
    {
        var (exitCode, output, error) = await CommandLine.RunAsync(["check", "-f", Repository.Path("manifests/samples")]);

        Assert.Equal(0, exitCode);
        Assert.All(
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Contains("warning: spec.endpoints[0]: a cluster-local host", line, StringComparison.Ordinal));
        Assert.StartsWith("checked 5 objects", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("check")]
    [InlineData("chekc", "-f", "-")]
    [InlineData("check", "-f", "/nowhere/at/all.yaml")]
    [InlineData("check", "-f", "")]
    [InlineData("check", "-f", "-", "--output", "xml")]
    public async Task Exits_with_2_when_the_call_is_wrong(params string[] args)
    {
        var (exitCode, _, error) = await CommandLine.RunAsync(args);

        Assert.Equal(2, exitCode);
        Assert.NotEmpty(error);
    }
}
