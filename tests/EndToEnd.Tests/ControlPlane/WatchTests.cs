using System.Text.Json.Nodes;

namespace EndToEnd.ConformanceTests;

public sealed class WatchTests(ConformanceFixture fixture) : ConformanceTest(fixture)
{
    [Fact]
    public async Task Sends_what_happened_since_a_version()
    {
        var version = await VersionAsync();
        await CreateAsync("a");
        await RequireAsync("PATCH", $"{Collection}/a", """{"spec":{"color":"blue"}}""", "application/merge-patch+json");
        await RequireAsync("DELETE", $"{Collection}/a");
        using var watch = await Api.WatchAsync($"{Collection}?watch=1&resourceVersion={version}&timeoutSeconds=20");

        Assert.Equal("ADDED a", await watch.NextChangeAsync());
        Assert.Equal("MODIFIED a", await watch.NextChangeAsync());
        var deleted = await watch.NextAsync();
        Assert.Equal("DELETED", (string?)deleted!["type"]);
        Assert.True(long.Parse(Text(deleted["object"]!, "metadata.resourceVersion")!) > long.Parse(version));

        await CreateAsync("b");
        Assert.Equal("ADDED b", await watch.NextChangeAsync());
    }

    [Fact]
    public async Task Begins_with_what_exists_when_no_version_is_given()
    {
        await CreateAsync("a");
        using var watch = await Api.WatchAsync($"{Collection}?watch=1&timeoutSeconds=20");
        Assert.Equal("ADDED a", await watch.NextChangeAsync());
        await CreateAsync("b");
        Assert.Equal("ADDED b", await watch.NextChangeAsync());
    }

    [Fact]
    public async Task Marks_the_end_of_the_initial_events()
    {
        await CreateAsync("a");
        using var watch = await Api.WatchAsync(
            $"{Collection}?watch=1&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=20");
        Assert.Equal("ADDED", (string?)(await watch.NextAsync())!["type"]);
        var bookmark = await watch.NextAsync();
        Assert.Equal("BOOKMARK", (string?)bookmark!["type"]);
        Assert.Equal("true", (string?)bookmark["object"]!["metadata"]!["annotations"]!["k8s.io/initial-events-end"]);

        var (code, body, _) = await Api.SendAsync("GET", $"{Collection}?watch=1&sendInitialEvents=true");
        Assert.Equal(422, code);
        Assert.Equal("resourceVersionMatch", Text(body, "details.causes.0.field"));
    }

    [Fact]
    public async Task Follows_labels_in_and_out_of_a_selection()
    {
        var version = await VersionAsync();
        using var watch = await Api.WatchAsync($"{Collection}?watch=1&resourceVersion={version}&labelSelector=team%3Dx&timeoutSeconds=20");
        await CreateAsync("other");
        await CreateAsync("a");
        await RequireAsync("PATCH", $"{Collection}/a", """{"metadata":{"labels":{"team":"x"}}}""", "application/merge-patch+json");
        await RequireAsync("PATCH", $"{Collection}/a", """{"spec":{"color":"blue"}}""", "application/merge-patch+json");
        await RequireAsync("PATCH", $"{Collection}/a", """{"metadata":{"labels":{"team":null}}}""", "application/merge-patch+json");

        Assert.Equal("ADDED a", await watch.NextChangeAsync());
        Assert.Equal("MODIFIED a", await watch.NextChangeAsync());
        Assert.Equal("DELETED a", await watch.NextChangeAsync());
    }

    [Fact]
    public async Task Follows_one_object_by_its_name()
    {
        var version = await VersionAsync();
        using var watch = await Api.WatchAsync($"{Collection}?watch=1&resourceVersion={version}&fieldSelector=metadata.name%3Db&timeoutSeconds=20");
        await CreateAsync("a");
        await CreateAsync("b");
        Assert.Equal("ADDED b", await watch.NextChangeAsync());
    }

    [Fact]
    public async Task Ends_when_its_time_is_over()
    {
        using var watch = await Api.WatchAsync($"{Collection}?watch=1&timeoutSeconds=1");
        Assert.Null(await watch.NextChangeAsync());
    }

    [Fact]
    public async Task Says_that_a_version_is_too_old()
    {
        // Version 1 is before anything that was stored in this resource.
        using var watch = await Api.WatchAsync($"{Collection}?watch=1&resourceVersion=1&timeoutSeconds=5");
        var first = await watch.NextAsync();
        if (Server.IsReal)
        {
            Assert.Equal("ERROR", (string?)first!["type"]);
            Assert.Equal("Expired", Text(first["object"]!, "reason"));
        }
        else
        {
            // The embedded server remembers everything until it is compacted (see FaultTests), as etcd does.
            Assert.True(first is null || (string?)first["type"] != "ERROR");
        }
    }

    [Fact]
    public async Task Sends_tables_to_kubectl()
    {
        await CreateAsync("a");
        using var watch = await Api.WatchAsync(
            $"{Collection}?watch=1&timeoutSeconds=20", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json");
        var first = await watch.NextAsync();
        Assert.Equal("Table", Text(first!["object"]!, "kind"));
        Assert.Equal("Color", Text(first["object"]!, "columnDefinitions.1.name"));
        Assert.Equal("red", Text(first["object"]!, "rows.0.cells.1"));
        await CreateAsync("b");
        JsonNode? second;
        do
        {
            second = await watch.NextAsync();
        }
        while ((string?)second!["type"] == "BOOKMARK");
        Assert.Equal("b", Text(second["object"]!, "rows.0.cells.0"));
    }

    private async Task<string> VersionAsync() => Text(await RequireAsync("GET", Collection), "metadata.resourceVersion")!;
}
