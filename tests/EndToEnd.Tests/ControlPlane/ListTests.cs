using System.Text.Json.Nodes;

namespace EndToEnd.ConformanceTests;

public sealed class ListTests(ConformanceFixture fixture) : ConformanceTest(fixture)
{
    [Fact]
    public async Task Shows_one_moment_on_all_pages()
    {
        foreach (var name in (string[])["a", "b", "c", "d", "e"])
        {
            await CreateAsync(name);
        }

        var first = await RequireAsync("GET", $"{Collection}?limit=2");
        Assert.Equal(["a", "b"], Names(first));
        Assert.Equal("3", Text(first, "metadata.remainingItemCount"));

        // What happens between the pages is not in them.
        await RequireAsync("DELETE", $"{Collection}/d");
        await CreateAsync("ca");
        var second = await RequireAsync("GET", $"{Collection}?limit=2&continue={Uri.EscapeDataString(Text(first, "metadata.continue")!)}");
        Assert.Equal(["c", "d"], Names(second));
        Assert.Equal(Text(first, "metadata.resourceVersion"), Text(second, "metadata.resourceVersion"));

        var third = await RequireAsync("GET", $"{Collection}?limit=2&continue={Uri.EscapeDataString(Text(second, "metadata.continue")!)}");
        Assert.Equal(["e"], Names(third));
        Assert.True(string.IsNullOrEmpty(Text(third, "metadata.continue")));
        Assert.Equal(["a", "b", "c", "ca", "e"], Names(await RequireAsync("GET", Collection)));
    }

    [Theory]
    [InlineData("labelSelector=team%3Dx", "a")]
    [InlineData("labelSelector=team%3D%3Dx", "a")]
    [InlineData("labelSelector=team%21%3Dx", "b,c")]
    [InlineData("labelSelector=team", "a,b")]
    [InlineData("labelSelector=%21team", "c")]
    [InlineData("labelSelector=team+in+(x,y)", "a,b")]
    [InlineData("labelSelector=team+notin+(x),team", "b")]
    [InlineData("fieldSelector=metadata.name%3Db", "b")]
    [InlineData("fieldSelector=metadata.name%21%3Db", "a,c")]
    public async Task Selects(string query, string expected)
    {
        await CreateAsync("a", metadata: "\"labels\":{\"team\":\"x\"}");
        await CreateAsync("b", metadata: "\"labels\":{\"team\":\"y\"}");
        await CreateAsync("c");
        Assert.Equal(expected, string.Join(',', Names(await RequireAsync("GET", $"{Collection}?{query}"))));
    }

    [Theory]
    [InlineData("fieldSelector=spec.color%3Dred", 400, "field label not supported: spec.color")]
    [InlineData("labelSelector=a%3Db%3Dc", 400, "found '=', expected: ',' or 'end of string'")]
    [InlineData("resourceVersion=999999999999", 504, "Too large resource version")]
    [InlineData("continue=garbage", 400, "invalid continue token")]
    public async Task Refuses_what_it_does_not_understand(string query, int expected, string message)
    {
        var (code, body, _) = await Api.SendAsync("GET", $"{Collection}?{query}");
        Assert.Equal(expected, code);
        Assert.Contains(message, Text(body, "message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lists_over_all_namespaces()
    {
        await CreateAsync("a");
        var list = await RequireAsync("GET", "/apis/test.example.com/v1/widgets");
        Assert.Equal("WidgetList", Text(list, "kind"));
        Assert.Contains(list["items"]!.AsArray(), i => Text(i!, "metadata.namespace") == Namespace && Text(i!, "kind") == "Widget");
    }

    [Fact]
    public async Task Gives_metadata_only_to_those_who_ask_for_it()
    {
        await CreateAsync("a");
        var (_, list, _) = await Api.SendAsync(
            "GET", Collection, accept: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1");
        Assert.Equal("PartialObjectMetadataList", Text(list, "kind"));
        Assert.Null(list["items"]![0]!["spec"]);
        Assert.Equal("a", Text(list, "items.0.metadata.name"));
        Assert.Equal(406, (await Api.SendAsync("GET", Collection, accept: "application/vnd.kubernetes.protobuf")).Code);
    }

    private static IEnumerable<string?> Names(JsonNode list) => list["items"]!.AsArray().Select(i => (string?)i!["metadata"]!["name"]);
}
