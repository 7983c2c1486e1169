using System.Text.Json.Nodes;

namespace EndToEnd.ConformanceTests;

public sealed class KubectlTests(ConformanceFixture fixture) : ConformanceTest(fixture)
{
    [Fact]
    public async Task Applies_gets_edits_and_deletes()
    {
        await InstalledKubectl.RequireAsync(27, "the dry run of custom resources without OpenAPI v2");
        Assert.Equal("widget.test.example.com/a created", await ApplyAsync("""{"color":"red"}"""));
        Assert.Equal("widget.test.example.com/a unchanged", await ApplyAsync("""{"color":"red"}"""));
        Assert.Equal("widget.test.example.com/a configured", await ApplyAsync("""{"color":"blue","tags":["x"]}"""));
        Assert.Equal("widget.test.example.com/a configured (server dry run)", await ApplyAsync("""{"color":"green"}""", " --dry-run=server"));
        Assert.Equal("blue", await Kubectl.RunAsync($"get wd a -n {Namespace} -o jsonpath={{.spec.color}}"));
        Assert.Equal("widget.test.example.com/a configured", await ApplyAsync("""{"color":"blue"}"""));
        Assert.Equal("", await Kubectl.RunAsync($"get widget a -n {Namespace} -o jsonpath={{.spec.tags}}"));
        Assert.Equal("widget.test.example.com/a labeled", await Kubectl.RunAsync($"label widget a -n {Namespace} l=m"));
        Assert.Equal("widget.test.example.com \"a\" deleted", await Kubectl.RunAsync($"delete widget a -n {Namespace}"));
        Assert.Equal(
            "Error from server (NotFound): widgets.test.example.com \"a\" not found", await Kubectl.FailAsync($"get widget a -n {Namespace}"));
    }

    [Fact]
    public async Task Prints_the_columns_of_the_definition()
    {
        await CreateAsync("a");
        await RequireAsync(
            "PATCH", $"{Collection}/a/status", """{"status":{"conditions":[{"type":"Ready","status":"True"}]}}""", "application/merge-patch+json");
        var lines = (await Kubectl.RunAsync($"get widgets -n {Namespace}")).Split('\n');
        Assert.Equal(["NAME", "COLOR", "READY", "AGE"], Columns(lines[0]));
        Assert.Equal(["a", "red", "True"], Columns(lines[1])[..3]);
        Assert.Equal(["NAME", "COLOR", "READY", "SIZE", "AGE"], Columns((await Kubectl.RunAsync($"get wd -n {Namespace} -o wide")).Split('\n')[0]));
        Assert.StartsWith("widget.test.example.com/a", await Kubectl.RunAsync($"get gadgets -n {Namespace} -o name"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prints_built_in_kinds()
    {
        await Kubectl.RunAsync($"create secret generic s -n {Namespace} --from-literal=a=b --from-literal=c=d");
        await Kubectl.RunAsync($"create configmap m -n {Namespace} --from-literal=a=b");
        var secret = (await Kubectl.RunAsync($"get secret s -n {Namespace}")).Split('\n');
        Assert.Equal(["NAME", "TYPE", "DATA", "AGE"], Columns(secret[0]));
        Assert.Equal(["s", "Opaque", "2"], Columns(secret[1])[..3]);
        Assert.Equal(["m", "1"], Columns((await Kubectl.RunAsync($"get cm m -n {Namespace} --no-headers")))[..2]);
        Assert.Equal([Namespace, "Active"], Columns(await Kubectl.RunAsync($"get ns {Namespace} --no-headers"))[..2]);
    }

    [Fact]
    public async Task Waits_for_conditions_and_for_deletion()
    {
        await InstalledKubectl.RequireAsync(23, "kubectl wait --for=jsonpath");
        await CreateAsync("a");
        var waiting = Kubectl.RunAsync($"wait widget/a -n {Namespace} --for=condition=Ready --timeout=60s");
        var value = Kubectl.RunAsync($"wait widget/a -n {Namespace} --for=jsonpath={{.status.message}}=done --timeout=60s");
        await RequireAsync(
            "PATCH",
            $"{Collection}/a/status",
            """{"status":{"message":"done","conditions":[{"type":"Ready","status":"True"}]}}""",
            "application/merge-patch+json");
        Assert.Equal("widget.test.example.com/a condition met", await waiting);
        Assert.Equal("widget.test.example.com/a condition met", await value);

        var gone = Kubectl.RunAsync($"wait widget/a -n {Namespace} --for=delete --timeout=60s");
        await RequireAsync("DELETE", $"{Collection}/a");
        await gone;
    }

    [Fact]
    public async Task Is_told_of_mistakes_as_a_list()
    {
        await InstalledKubectl.RequireAsync(27, "the server's check of unknown fields");
        var error = await Kubectl.FailAsync($"create -n {Namespace} -f -", Widgets.Json("a", """{"code":"A"}"""));
        Assert.StartsWith("The Widget \"a\" is invalid: ", error, StringComparison.Ordinal);
        Assert.Contains("* spec.color: Required value", error, StringComparison.Ordinal);
        Assert.Contains("* spec.code: Invalid value: \"A\": spec.code in body should be at least 2 chars long", error, StringComparison.Ordinal);
        Assert.Contains(
            "strict decoding error: unknown field \"spec.no\"",
            await Kubectl.FailAsync($"apply -n {Namespace} -f -", Widgets.Json("a", """{"color":"red","no":1}""")),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explains_fields()
    {
        await InstalledKubectl.RequireAsync(27, "OpenAPI v3");
        var text = await Kubectl.RunAsync("explain widget.spec");
        Assert.Contains("color", text, StringComparison.Ordinal);
        Assert.Contains("-required-", text, StringComparison.Ordinal);
        Assert.Contains("finalizers", await Kubectl.RunAsync("explain widget.metadata"), StringComparison.Ordinal);
        Assert.Contains("widgets", await Kubectl.RunAsync("api-resources --api-group=test.example.com"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Applies_on_the_server_side()
    {
        Assert.Equal(
            "widget.test.example.com/a serverside-applied",
            await Kubectl.RunAsync($"apply --server-side -n {Namespace} -f -", Widgets.Json("a")));
        var error = await Kubectl.FailAsync(
            $"apply --server-side --field-manager=other -n {Namespace} -f -", Widgets.Json("a", """{"color":"blue"}"""));
        Assert.Contains("Apply failed with 1 conflict: conflict with \"kubectl\": .spec.color", error, StringComparison.Ordinal);
        await Kubectl.RunAsync(
            $"apply --server-side --force-conflicts --field-manager=other -n {Namespace} -f -", Widgets.Json("a", """{"color":"blue"}"""));
    }

    [Fact]
    public async Task Applies_deployments_with_their_lists_merged()
    {
        const string Deployment = """
            {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"replicas":2,"selector":{"matchLabels":{"a":"b"}},
             "template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"one","image":"x:1",
             "ports":[{"containerPort":8080}],"env":[{"name":"A","value":"1"}]}]}}}}
            """;
        await Kubectl.RunAsync($"apply -n {Namespace} -f -", Deployment);
        await Kubectl.RunAsync($"set env deployment/d -n {Namespace} B=2");
        await Kubectl.RunAsync($"apply -n {Namespace} -f -", Deployment.Replace("x:1", "x:2", StringComparison.Ordinal));
        await Kubectl.RunAsync($"apply --server-side --force-conflicts -n {Namespace} -f -", Deployment.Replace("x:1", "x:2", StringComparison.Ordinal));
        var stored = JsonNode.Parse(await Kubectl.RunAsync($"get deployment d -n {Namespace} -o json"))!;
        Assert.Equal("x:2", Text(stored, "spec.template.spec.containers.0.image"));
        Assert.Single(stored["spec"]!["template"]!["spec"]!["containers"]![0]!["ports"]!.AsArray());
        Assert.Equal(["d", "0/2", "0", "0"], Columns(await Kubectl.RunAsync($"get deployment d -n {Namespace} --no-headers"))[..4]);
        Assert.Equal(["A", "B"], stored["spec"]!["template"]!["spec"]!["containers"]![0]!["env"]!.AsArray().Select(e => (string?)e!["name"]));
    }

    private Task<string> ApplyAsync(string spec, string more = "") => Kubectl.RunAsync($"apply -n {Namespace} -f -{more}", Widgets.Json("a", spec));

    private static string[] Columns(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
