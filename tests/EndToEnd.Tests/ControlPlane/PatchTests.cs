namespace EndToEnd.ConformanceTests;

public sealed class PatchTests(ConformanceFixture fixture) : ConformanceTest(fixture)
{
    private const string Merge = "application/merge-patch+json";
    private const string Json = "application/json-patch+json";
    private const string Strategic = "application/strategic-merge-patch+json";

    [Fact]
    public async Task Merges_and_removes_with_a_merge_patch()
    {
        await CreateAsync("a", """{"color":"red","tags":["x","y"],"owner":"me"}""");
        var widget = await RequireAsync("PATCH", $"{Collection}/a", """{"spec":{"tags":["z"],"code":"abc","size":null}}""", Merge);

        Assert.Equal("""["z"]""", widget["spec"]!["tags"]!.ToJsonString());
        Assert.Equal("abc", Text(widget, "spec.code"));
        Assert.Equal("3", Text(widget, "spec.size"));
        Assert.Equal("me", Text(widget, "spec.owner"));
    }

    [Fact]
    public async Task Carries_out_the_operations_of_a_JSON_patch_or_none()
    {
        await CreateAsync("a", """{"color":"red","tags":["x"]}""");
        var widget = await RequireAsync("PATCH", $"{Collection}/a", """
            [{"op":"test","path":"/spec/color","value":"red"},{"op":"replace","path":"/spec/color","value":"blue"},
             {"op":"add","path":"/spec/tags/-","value":"y"},{"op":"add","path":"/metadata/labels","value":{"a/b":"c"}},
             {"op":"copy","from":"/metadata/labels/a~1b","path":"/metadata/labels/d"}]
            """, Json);
        Assert.Equal("blue", Text(widget, "spec.color"));
        Assert.Equal("""["x","y"]""", widget["spec"]!["tags"]!.ToJsonString());
        Assert.Equal("c", Text(widget, "metadata.labels.d"));

        var (code, body, _) = await Api.SendAsync("PATCH", $"{Collection}/a", """
            [{"op":"replace","path":"/spec/color","value":"green"},{"op":"remove","path":"/spec/nothing"}]
            """, Json);
        Assert.Equal(422, code);
        Assert.Equal("the server rejected our request due to an error in our request", Text(body, "message"));
        Assert.Equal("blue", Text(await RequireAsync("GET", $"{Collection}/a"), "spec.color"));
    }

    [Fact]
    public async Task Offers_strategic_merge_for_built_in_kinds_only()
    {
        await CreateAsync("a");
        var (code, body, _) = await Api.SendAsync("PATCH", $"{Collection}/a", "{}", Strategic);
        Assert.Equal(415, code);
        Assert.Equal(
            "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, "
            + "application/merge-patch+json, application/apply-patch+yaml",
            Text(body, "message"));
    }

    [Fact]
    public async Task Merges_lists_by_their_keys_with_a_strategic_patch()
    {
        var path = $"/api/v1/namespaces/{Namespace}/configmaps";
        var owner = Text(await CreateAsync("owner"), "metadata.uid");
        await RequireAsync("POST", path, $$"""
            {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","finalizers":["a.b/c"],
             "ownerReferences":[{"apiVersion":"test.example.com/v1","kind":"Widget","name":"owner","uid":"{{owner}}"}]},"data":{"a":"1","b":"2"} }
            """);
        var map = await RequireAsync("PATCH", $"{path}/c", $$"""
            {"metadata":{"finalizers":["d.e/f"],"ownerReferences":[{"$patch":"delete","uid":"{{owner}}"}]},"data":{"a":null,"c":"3"} }
            """, Strategic);
        Assert.Equal("""["d.e/f","a.b/c"]""", map["metadata"]!["finalizers"]!.ToJsonString());
        Assert.Null(map["metadata"]!["ownerReferences"]);
        Assert.Equal("""{"b":"2","c":"3"}""", map["data"]!.ToJsonString());

        map = await RequireAsync(
            "PATCH", $"{path}/c", """{"metadata":{"$deleteFromPrimitiveList/finalizers":["a.b/c"]}}""", Strategic);
        Assert.Equal("""["d.e/f"]""", map["metadata"]!["finalizers"]!.ToJsonString());
        await RequireAsync("PATCH", $"{path}/c", """{"metadata":{"finalizers":null}}""", Merge);
    }

    [Fact]
    public async Task Makes_a_patch_conditional_by_its_resource_version()
    {
        var widget = await CreateAsync("a");
        var (code, _, _) = await Api.SendAsync("PATCH", $"{Collection}/a", """{"metadata":{"resourceVersion":"1"},"spec":{"size":5}}""", Merge);
        Assert.Equal(409, code);

        await RequireAsync(
            "PATCH",
            $"{Collection}/a",
            $$$"""{"metadata":{"resourceVersion":"{{{Text(widget, "metadata.resourceVersion")}}}"},"spec":{"size":5}}""",
            Merge);
    }

    [Fact]
    public async Task Loses_no_patch_of_many_that_come_at_once()
    {
        await CreateAsync("a");
        await Task.WhenAll(Enumerable.Range(0, 4).Select(i => RequireAsync(
            "PATCH", $"{Collection}/a", $$"""{"metadata":{"labels":{"l{{i}}":"x"} } }""", Merge)));
        Assert.Equal(4, (await RequireAsync("GET", $"{Collection}/a"))["metadata"]!["labels"]!.AsObject().Count);
    }
}
