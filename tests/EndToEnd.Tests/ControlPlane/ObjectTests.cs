using System.Text.Json.Nodes;

namespace EndToEnd.ConformanceTests;

public sealed class ObjectTests(ConformanceFixture fixture) : ConformanceTest(fixture)
{
    [Fact]
    public async Task Gives_a_new_object_its_identity()
    {
        var widget = await CreateAsync("a");

        Assert.True(Guid.TryParse(Text(widget, "metadata.uid"), out _));
        Assert.True(long.Parse(Text(widget, "metadata.resourceVersion")!) > 0);
        Assert.Equal("1", Text(widget, "metadata.generation"));
        Assert.EndsWith("Z", Text(widget, "metadata.creationTimestamp"), StringComparison.Ordinal);
        Assert.Equal("3", Text(widget, "spec.size"));
    }

    [Fact]
    public async Task Counts_generations_for_changes_of_the_spec_only()
    {
        await CreateAsync("a");
        await RequireAsync("PATCH", $"{Collection}/a", """{"metadata":{"labels":{"x":"y"}}}""", "application/merge-patch+json");
        var status = await RequireAsync("PATCH", $"{Collection}/a/status", """{"status":{"message":"m"}}""", "application/merge-patch+json");
        Assert.Equal("1", Text(status, "metadata.generation"));

        var spec = await RequireAsync("PATCH", $"{Collection}/a", """{"spec":{"color":"blue"}}""", "application/merge-patch+json");
        Assert.Equal("2", Text(spec, "metadata.generation"));
    }

    [Fact]
    public async Task Does_not_count_an_update_that_changes_nothing()
    {
        var before = await CreateAsync("a");
        var patched = await RequireAsync("PATCH", $"{Collection}/a", """{"spec":{"color":"red"}}""", "application/merge-patch+json");
        var put = await RequireAsync("PUT", $"{Collection}/a", before.ToJsonString());

        Assert.Equal(Text(before, "metadata.resourceVersion"), Text(patched, "metadata.resourceVersion"));
        Assert.Equal(Text(before, "metadata.resourceVersion"), Text(put, "metadata.resourceVersion"));
    }

    [Fact]
    public async Task Keeps_spec_and_status_apart()
    {
        var created = await RequireAsync("POST", Collection, """
            {"apiVersion":"test.example.com/v1","kind":"Widget","metadata":{"name":"a"},"spec":{"color":"red"},"status":{"message":"mine"}}
            """);
        Assert.Null(created["status"]);

        var status = await RequireAsync(
            "PATCH", $"{Collection}/a/status", """{"spec":{"color":"blue"},"status":{"message":"m"}}""", "application/merge-patch+json");
        Assert.Equal("red", Text(status, "spec.color"));
        Assert.Equal("m", Text(status, "status.message"));

        var main = await RequireAsync(
            "PATCH", $"{Collection}/a", """{"spec":{"color":"blue"},"status":{"message":"other"}}""", "application/merge-patch+json");
        Assert.Equal("blue", Text(main, "spec.color"));
        Assert.Equal("m", Text(main, "status.message"));
    }

    [Fact]
    public async Task Refuses_to_overwrite_what_somebody_else_wrote()
    {
        var stale = await CreateAsync("a");
        await RequireAsync("PATCH", $"{Collection}/a", """{"spec":{"color":"blue"}}""", "application/merge-patch+json");

        var (code, body, _) = await Api.SendAsync("PUT", $"{Collection}/a", stale.ToJsonString());

        Assert.Equal(409, code);
        Assert.Equal("Conflict", Text(body, "reason"));
        Assert.Equal(
            "Operation cannot be fulfilled on widgets.test.example.com \"a\": the object has been modified; please apply your changes to the latest version and try again",
            Text(body, "message"));
    }

    [Fact]
    public async Task Names_what_does_not_exist()
    {
        var (code, body, _) = await Api.SendAsync("GET", $"{Collection}/none");
        Assert.Equal(404, code);
        Assert.Equal("widgets.test.example.com \"none\" not found", Text(body, "message"));
        Assert.Equal("widgets", Text(body, "details.kind"));

        Assert.Equal(404, (await Api.SendAsync("GET", "/apis/unknown.example.com/v1/things")).Code);

        var (missing, answer, _) = await Api.SendAsync("POST", $"{Widgets.Path}nowhere/widgets", Widgets.Json("a"));
        Assert.Equal(404, missing);
        Assert.Equal("namespaces \"nowhere\" not found", Text(answer, "message"));
    }

    [Fact]
    public async Task Refuses_a_second_object_of_the_same_name()
    {
        await CreateAsync("a");
        var (code, body, _) = await Api.SendAsync("POST", Collection, Widgets.Json("a"));
        Assert.Equal(409, code);
        Assert.Equal("AlreadyExists", Text(body, "reason"));
        Assert.Equal("widgets.test.example.com \"a\" already exists", Text(body, "message"));
    }

    [Fact]
    public async Task Completes_generated_names()
    {
        var widget = await RequireAsync("POST", Collection, """
            {"apiVersion":"test.example.com/v1","kind":"Widget","metadata":{"generateName":"w-"},"spec":{"color":"red"}}
            """);
        Assert.Matches("^w-[a-z0-9]{5}$", Text(widget, "metadata.name"));
    }

    [Fact]
    public async Task Stores_nothing_on_a_dry_run()
    {
        await CreateAsync("kept");
        await RequireAsync("POST", Collection + "?dryRun=All", Widgets.Json("a"));
        var patched = await RequireAsync(
            "PATCH", $"{Collection}/kept?dryRun=All", """{"spec":{"color":"blue"}}""", "application/merge-patch+json");
        await RequireAsync("DELETE", $"{Collection}/kept?dryRun=All");

        Assert.Equal("blue", Text(patched, "spec.color"));
        Assert.Equal(404, (await Api.SendAsync("GET", $"{Collection}/a")).Code);
        Assert.Equal("red", Text(await RequireAsync("GET", $"{Collection}/kept"), "spec.color"));
    }

    [Fact]
    public async Task Keeps_numbers_and_unknown_values_as_they_were_sent()
    {
        await CreateAsync("a", """{"color":"red","values":{"big":9007199254740993,"deep":{"a/b":{"c~d":[1,null,"ü<>&"]}}}}""");
        var values = (await RequireAsync("GET", $"{Collection}/a"))["spec"]!["values"]!;
        Assert.True(
            JsonNode.DeepEquals(JsonNode.Parse("""{"big":9007199254740993,"deep":{"a/b":{"c~d":[1,null,"ü<>&"]}}}"""), values), values.ToJsonString());
    }

    [Fact]
    public async Task Turns_the_text_of_a_secret_into_data()
    {
        var path = $"/api/v1/namespaces/{Namespace}/secrets";
        var secret = await RequireAsync("POST", path, """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"stringData":{"a":"b"}}""");
        Assert.Equal("Yg==", Text(secret, "data.a"));
        Assert.Equal("Opaque", Text(secret, "type"));
        Assert.Null(secret["stringData"]);

        var (code, body, _) = await Api.SendAsync(
            "PATCH", $"{path}/s", """{"type":"other"}""", "application/merge-patch+json");
        Assert.Equal(422, code);
        Assert.Equal("Secret \"s\" is invalid: type: Invalid value: \"other\": field is immutable", Text(body, "message"));
    }
}
