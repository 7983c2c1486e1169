using System.Text.Json.Nodes;

namespace EndToEnd.ConformanceTests;

public sealed class DeletionTests(ConformanceFixture fixture) : ConformanceTest(fixture)
{
    private const string Merge = "application/merge-patch+json";

    private string ConfigMaps => $"/api/v1/namespaces/{Namespace}/configmaps";

    [Fact]
    public async Task Answers_with_a_status_when_the_object_is_gone()
    {
        var widget = await CreateAsync("a");
        var status = await RequireAsync("DELETE", $"{Collection}/a");
        Assert.Equal("Success", Text(status, "status"));
        Assert.Equal(Text(widget, "metadata.uid"), Text(status, "details.uid"));
        Assert.Equal(404, (await Api.SendAsync("DELETE", $"{Collection}/a")).Code);
    }

    [Fact]
    public async Task Keeps_an_object_until_its_last_finalizer_is_gone()
    {
        await CreateAsync("a", metadata: "\"finalizers\":[\"a.b/c\",\"d.e/f\"]");
        var marked = await RequireAsync("DELETE", $"{Collection}/a");
        Assert.NotNull(Text(marked, "metadata.deletionTimestamp"));
        Assert.Equal("2", Text(marked, "metadata.generation"));
        Assert.Equal("0", Text(marked, "metadata.deletionGracePeriodSeconds"));
        var again = await RequireAsync("DELETE", $"{Collection}/a");
        Assert.Equal(Text(marked, "metadata.resourceVersion"), Text(again, "metadata.resourceVersion"));

        var (code, body, _) = await Api.SendAsync("PATCH", $"{Collection}/a", """{"metadata":{"finalizers":["a.b/c","n.e/w"]}}""", Merge);
        Assert.Equal(422, code);
        Assert.Contains("no new finalizers can be added if the object is being deleted", Text(body, "message"), StringComparison.Ordinal);

        await RequireAsync("PATCH", $"{Collection}/a", """{"metadata":{"finalizers":["d.e/f"]}}""", Merge);
        Assert.Equal(200, (await Api.SendAsync("GET", $"{Collection}/a")).Code);
        await RequireAsync("PATCH", $"{Collection}/a", """{"metadata":{"finalizers":[]}}""", Merge);
        Assert.Equal(404, (await Api.SendAsync("GET", $"{Collection}/a")).Code);
    }

    [Theory]
    [InlineData("""{"uid":"other"}""", "the UID in the precondition (other) does not match the UID in record (")]
    [InlineData("""{"resourceVersion":"1"}""", "the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (")]
    public async Task Holds_preconditions(string preconditions, string message)
    {
        await CreateAsync("a");
        var (code, body, _) = await Api.SendAsync(
            "DELETE", $"{Collection}/a", $$"""{"apiVersion":"v1","kind":"DeleteOptions","preconditions":{{preconditions}} }""");
        Assert.Equal(409, code);
        Assert.Contains(message, Text(body, "message"), StringComparison.Ordinal);
        await RequireAsync("GET", $"{Collection}/a");
    }

    [Fact]
    public async Task Deletes_a_collection_by_selector()
    {
        await CreateAsync("a", metadata: "\"labels\":{\"go\":\"yes\"}");
        await CreateAsync("b");
        await RequireAsync("DELETE", $"{Collection}?labelSelector=go%3Dyes");
        Assert.Equal(404, (await Api.SendAsync("GET", $"{Collection}/a")).Code);
        await RequireAsync("GET", $"{Collection}/b");
    }

    [Fact]
    public async Task Collects_dependents_in_the_background()
    {
        var owner = await CreateAsync("owner");
        await CreateMapAsync("child", Text(owner, "metadata.uid")!);
        await RequireAsync("DELETE", $"{Collection}/owner");
        await WaitUntilGoneAsync($"{ConfigMaps}/child");
    }

    [Fact]
    public async Task Collects_an_object_whose_owner_is_another_of_the_same_name()
    {
        await CreateAsync("owner");
        await CreateMapAsync("child", Guid.NewGuid().ToString());
        await WaitUntilGoneAsync($"{ConfigMaps}/child");
    }

    [Fact]
    public async Task Waits_for_dependents_in_the_foreground()
    {
        var owner = await CreateAsync("owner");
        await CreateMapAsync("child", Text(owner, "metadata.uid")!, "\"finalizers\":[\"a.b/c\"],");
        var held = await RequireAsync("DELETE", $"{Collection}/owner?propagationPolicy=Foreground");
        Assert.Contains("foregroundDeletion", held["metadata"]!["finalizers"]!.ToJsonString(), StringComparison.Ordinal);

        // The child is told to go, its finalizer holds it, and it holds the owner.
        while ((await RequireAsync("GET", $"{ConfigMaps}/child"))["metadata"]!["deletionTimestamp"] is null)
        {
            await Task.Delay(50, Cancellation);
        }

        await RequireAsync("GET", $"{Collection}/owner");
        await RequireAsync("PATCH", $"{ConfigMaps}/child", """{"metadata":{"finalizers":null}}""", Merge);
        await WaitUntilGoneAsync($"{Collection}/owner");
    }

    [Fact]
    public async Task Leaves_orphans_alone()
    {
        var owner = await CreateAsync("owner");
        await CreateMapAsync("child", Text(owner, "metadata.uid")!);
        await RequireAsync("DELETE", $"{Collection}/owner?propagationPolicy=Orphan");
        await WaitUntilGoneAsync($"{Collection}/owner");
        Assert.Null((await RequireAsync("GET", $"{ConfigMaps}/child"))["metadata"]!["ownerReferences"]);
    }

    [Fact]
    public async Task Empties_a_namespace_before_it_goes()
    {
        await CreateAsync("a");
        await CreateAsync("held", metadata: "\"finalizers\":[\"a.b/c\"]");
        var marked = await RequireAsync("DELETE", $"/api/v1/namespaces/{Namespace}");
        Assert.Equal("Terminating", Text(marked, "status.phase"));
        await WaitUntilGoneAsync($"{Collection}/a");

        var (code, body, _) = await Api.SendAsync("POST", Collection, Widgets.Json("late"));
        Assert.Equal(403, code);
        Assert.Contains(
            $"unable to create new content in namespace {Namespace} because it is being terminated", Text(body, "message"), StringComparison.Ordinal);

        await RequireAsync("PATCH", $"{Collection}/held", """{"metadata":{"finalizers":null}}""", Merge);
        await WaitUntilGoneAsync($"/api/v1/namespaces/{Namespace}");
    }

    private Task<JsonNode> CreateMapAsync(string name, string ownerUid, string metadata = "") => RequireAsync("POST", ConfigMaps, $$"""
        {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{name}}",{{metadata}}"ownerReferences":[
          {"apiVersion":"test.example.com/v1","kind":"Widget","name":"owner","uid":"{{ownerUid}}","blockOwnerDeletion":true}] } }
        """);
}
