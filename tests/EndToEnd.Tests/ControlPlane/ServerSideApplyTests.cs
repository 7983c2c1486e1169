using System.Text.Json.Nodes;

namespace EndToEnd.ConformanceTests;

public sealed class ServerSideApplyTests(ConformanceFixture fixture) : ConformanceTest(fixture)
{
    [Fact]
    public async Task Creates_and_then_merges()
    {
        var created = await ApplyAsync("one", """{"color":"red","ports":[{"name":"a","port":1}]}""");
        Assert.Equal("Apply", Text(created, "metadata.managedFields.0.operation"));
        Assert.Equal("""
            {"f:spec":{"f:color":{},"f:ports":{"k:{\"name\":\"a\"}":{".":{},"f:name":{},"f:port":{}}}}}
            """.Trim(), Fields(created, "one"));

        var merged = await ApplyAsync("two", """{"ports":[{"name":"b","port":2}]}""");
        Assert.Equal("""[{"name":"a","port":1},{"name":"b","port":2}]""", merged["spec"]!["ports"]!.ToJsonString());
    }

    [Fact]
    public async Task Removes_what_its_manager_applies_no_more()
    {
        await ApplyAsync("one", """{"color":"red","code":"abc","owner":"me","ports":[{"name":"a"},{"name":"b"}],"values":{"x":1,"y":2}}""");
        await ApplyAsync("two", """{"owner":"me"}""");
        var widget = await ApplyAsync("one", """{"color":"red","ports":[{"name":"b"}],"values":{"y":2}}""");

        Assert.Null(widget["spec"]!["code"]);
        Assert.Equal("me", Text(widget, "spec.owner"));
        Assert.Equal("""[{"name":"b"}]""", widget["spec"]!["ports"]!.ToJsonString());
        Assert.Equal("""{"y":2}""", widget["spec"]!["values"]!.ToJsonString());
    }

    [Fact]
    public async Task Refuses_to_take_what_another_manager_owns_unless_forced()
    {
        await ApplyAsync("one", """{"color":"red"}""");
        var (code, body, _) = await Api.SendAsync(
            "PATCH", Url("two"), Widgets.Json("a", """{"color":"blue"}"""), "application/apply-patch+yaml");
        Assert.Equal(409, code);
        Assert.Equal("Apply failed with 1 conflict: conflict with \"one\": .spec.color", Text(body, "message"));
        Assert.Equal("FieldManagerConflict", Text(body, "details.causes.0.reason"));

        var forced = await RequireAsync(
            "PATCH", Url("two") + "&force=true", Widgets.Json("a", """{"color":"blue"}"""), "application/apply-patch+yaml");
        Assert.Equal("blue", Text(forced, "spec.color"));
        Assert.Equal("""{"f:spec":{"f:color":{}}}""", Fields(forced, "two"));
    }

    [Fact]
    public async Task Names_the_version_of_those_who_update()
    {
        await RequireAsync("POST", Collection + "?fieldManager=creator", Widgets.Json("a"));
        var (_, body, _) = await Api.SendAsync(
            "PATCH", Url("two"), Widgets.Json("a", """{"color":"blue"}"""), "application/apply-patch+yaml");
        Assert.Equal(
            "Apply failed with 1 conflict: conflict with \"creator\" using test.example.com/v1: .spec.color", Text(body, "message"));
    }

    [Fact]
    public async Task Changes_nothing_when_applied_again()
    {
        var first = await ApplyAsync("one", """{"color":"red","reference":{"name":"n","key":"k"}}""");
        var second = await ApplyAsync("one", """{"color":"red","reference":{"name":"n","key":"k"}}""");
        Assert.Equal(Text(first, "metadata.resourceVersion"), Text(second, "metadata.resourceVersion"));
        Assert.True(JsonNode.DeepEquals(first, second));
    }

    [Fact]
    public async Task Requires_a_manager_and_declared_fields()
    {
        var (code, body, _) = await Api.SendAsync("PATCH", $"{Collection}/a", Widgets.Json("a"), "application/apply-patch+yaml");
        Assert.Equal(422, code);
        Assert.Equal(
            "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch", Text(body, "message"));

        (code, body, _) = await Api.SendAsync(
            "PATCH", Url("one"), Widgets.Json("a", """{"color":"red","nope":1}"""), "application/apply-patch+yaml");
        Assert.Equal(500, code);
        Assert.Contains(".spec.nope: field not declared in schema", Text(body, "message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Remembers_who_changed_what()
    {
        await RequireAsync("POST", Collection + "?fieldManager=creator", Widgets.Json("a", """{"color":"red","tags":["x"],"values":{"v":{"w":1}}}"""));
        var widget = await RequireAsync(
            "PATCH",
            $"{Collection}/a?fieldManager=editor",
            """{"metadata":{"labels":{"l":"m"},"finalizers":["a.b/c"]},"spec":{"color":"blue","tags":null}}""",
            "application/merge-patch+json");

        Assert.Equal("""{"f:spec":{".":{},"f:size":{},"f:values":{".":{},"f:v":{".":{},"f:w":{}}}}}""", Fields(widget, "creator"));
        Assert.Equal("""
            {"f:metadata":{"f:finalizers":{".":{},"v:\"a.b/c\"":{}},"f:labels":{".":{},"f:l":{}}},"f:spec":{"f:color":{}}}
            """.Trim(), Fields(widget, "editor"));
        await RequireAsync("PATCH", $"{Collection}/a", """{"metadata":{"finalizers":null}}""", "application/merge-patch+json");
    }

    private string Url(string manager) => $"{Collection}/a?fieldManager={manager}";

    private Task<JsonNode> ApplyAsync(string manager, string spec)
        => RequireAsync("PATCH", Url(manager), Widgets.Json("a", spec), "application/apply-patch+yaml");

    private static string Fields(JsonNode o, string manager)
        => o["metadata"]!["managedFields"]!.AsArray().Single(m => (string?)m!["manager"] == manager)!["fieldsV1"]!.ToJsonString(
            new System.Text.Json.JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
