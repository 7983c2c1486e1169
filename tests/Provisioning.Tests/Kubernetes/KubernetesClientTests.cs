using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Provisioning.Kubernetes;

namespace Provisioning.Tests.Kubernetes;

public sealed class KubernetesClientTests
{
    private const string Stored = """{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"a","namespace":"ns","resourceVersion":"7","managedFields":[{}]},"spec":{"color":"red","unknown":{"x":1}}}""";

    [Fact]
    public async Task Reads_an_object_and_ignores_fields_it_does_not_know()
    {
        var (widget, request) = await AskAsync(client => client.GetAsync<Widget>(new NamespacedName("ns", "a"), default));

        Assert.Equal("red", widget.Spec?.Color);
        Assert.Equal("7", widget.Metadata.ResourceVersion);
        Assert.Equal(("GET", "/apis/example.com/v1/namespaces/ns/widgets/a"), (request.Method, request.Target));
    }

    [Fact]
    public async Task Asks_for_what_the_API_server_remembers_when_any_version_will_do()
    {
        var (_, request) = await AskAsync(client => client.GetAsync<Widget>(new NamespacedName("ns", "a"), GetOptions.Remembered, default));

        Assert.Equal("/apis/example.com/v1/namespaces/ns/widgets/a?resourceVersion=0", request.Target);
    }

    [Fact]
    public async Task Percent_encodes_every_part_of_a_path()
    {
        var (_, request) = await AskAsync(client => client.GetAsync<Widget>(new NamespacedName("n/s", "a?b#c%2F../é"), default));

        Assert.Equal("/apis/example.com/v1/namespaces/n%2Fs/widgets/a%3Fb%23c%252F..%2F%C3%A9", request.Target);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    public async Task Never_sends_a_name_that_would_address_something_else(string name)
    {
        await using var server = await StubApiServer.StartAsync(context => context.Response.WriteAsync(Stored));
        using var transport = TestClient.Transport(server);

        await Assert.ThrowsAsync<ArgumentException>(
            () => new KubernetesClient(transport).DeleteAsync<Widget>(new NamespacedName("ns", name), DeleteOptions.Default, default));
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Fills_apiVersion_and_kind_into_what_it_creates_and_leaves_null_out()
    {
        var (_, request) = await AskAsync(client => client.CreateAsync(
            new Widget { Metadata = new ObjectMeta { Name = "a", Namespace = "ns" }, Spec = new WidgetSpec { Content = [1, 2] } },
            new WriteOptions { DryRun = true, FieldManager = "me & you" },
            default));

        var body = JsonNode.Parse(request.Body)!.AsObject();
        Assert.Equal("/apis/example.com/v1/namespaces/ns/widgets?fieldManager=me%20%26%20you&dryRun=All", request.Target);
        Assert.Equal(("POST", "application/json"), (request.Method, request.ContentType));
        Assert.Equal("example.com/v1", (string?)body["apiVersion"]);
        Assert.Equal("Widget", (string?)body["kind"]);
        Assert.Equal("""{"content":"AQI="}""", body["spec"]!.ToJsonString());
        Assert.False(body["metadata"]!.AsObject().ContainsKey("labels"));
        Assert.False(body.ContainsKey("key"));
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    public async Task Creates_cluster_scoped_objects_without_a_namespace(string? inNamespace)
    {
        var (_, request) = await AskAsync(client => client.CreateAsync(
            new Widget { Metadata = new ObjectMeta { Namespace = inNamespace } }, WriteOptions.Default, default));

        Assert.Equal("/apis/example.com/v1/widgets?fieldManager=k0rdent-datasource-controller", request.Target);
    }

    [Fact]
    public async Task Sends_each_patch_type_with_its_media_type()
    {
        var name = new NamespacedName("ns", "a");
        await using var server = await StubApiServer.StartAsync(context => context.Response.WriteAsync(Stored));
        using var transport = TestClient.Transport(server);
        var client = new KubernetesClient(transport);

        await client.PatchAsync<Widget>(name, Patch.Json([]), WriteOptions.Default, default);
        await client.PatchAsync<Widget>(name, Patch.Merge(new JsonObject { ["spec"] = null }), WriteOptions.Default, default);
        await client.PatchAsync<Widget>(name, Patch.StrategicMerge([]), WriteOptions.Default, default);
        await client.PatchStatusAsync<Widget>(name, Patch.Apply([], force: true), WriteOptions.Default, default);

        Assert.Equal(
            [
                ("application/json-patch+json", "[]"),
                ("application/merge-patch+json", """{"spec":null}"""),
                ("application/strategic-merge-patch+json", "{}"),
                ("application/apply-patch+yaml", "{}"),
            ],
            server.Requests.Select(request => (request.ContentType!, request.Body)));
        Assert.All(server.Requests, request => Assert.Equal("PATCH", request.Method));
        Assert.EndsWith("/widgets/a/status?fieldManager=k0rdent-datasource-controller&force=true", server.Requests.Last().Target, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deletes_with_preconditions()
    {
        await using var server = await StubApiServer.StartAsync(context => context.Response.WriteAsync("""{"kind":"Status","status":"Success"}"""));
        using var transport = TestClient.Transport(server);

        await new KubernetesClient(transport).DeleteAsync<Widget>(
            new NamespacedName("ns", "a"), new DeleteOptions { Uid = "u", ResourceVersion = "5", PropagationPolicy = "Background" }, default);

        var request = Assert.Single(server.Requests);
        Assert.Equal(
            """{"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"uid":"u","resourceVersion":"5"},"propagationPolicy":"Background"}""",
            request.Body);
    }

    [Fact]
    public async Task Lists_page_by_page()
    {
        await using var server = await StubApiServer.StartAsync(context => context.Response.WriteAsync(
            context.Request.Query.ContainsKey("continue")
                ? """{"metadata":{"resourceVersion":"9","continue":""},"items":[{"metadata":{"name":"c"}}]}"""
                : """{"metadata":{"resourceVersion":"9","continue":"to/ken=="},"items":[{"metadata":{"name":"a"}},{"metadata":{"name":"b"}}]}"""));
        using var transport = TestClient.Transport(server);
        var client = new KubernetesClient(transport);

        var first = await client.ListAsync<Widget>(new ListOptions { Limit = 2, LabelSelector = "a=b" }, default);
        var second = await client.ListAsync<Widget>(new ListOptions { Limit = 2, Continue = first.Continue, Namespace = "ns" }, default);

        Assert.Equal(["a", "b", "c"], first.Items.Concat(second.Items).Select(widget => widget.Metadata.Name));
        Assert.Equal(("9", "to/ken==", null), (second.ResourceVersion, first.Continue, second.Continue));
        Assert.Equal(
            [
                "/apis/example.com/v1/widgets?limit=2&labelSelector=a%3Db",
                "/apis/example.com/v1/namespaces/ns/widgets?limit=2&continue=to%2Fken%3D%3D",
            ],
            server.Requests.Select(request => request.Target));
    }

    [Fact]
    public async Task Reads_objects_that_are_large_and_deep()
    {
        var deep = new StringBuilder().Insert(0, """{"d":""", 900).Append("null").Append('}', 900);
        var large = $$$"""{"metadata":{"name":"a"},"spec":{"color":"{{{new string('x', 300_000)}}}"},"values":{{{deep}}}}""";

        var (widget, _) = await AskAsync(client => client.GetAsync<Widget>(new NamespacedName("ns", "a"), default), large);

        Assert.Equal(300_000, widget.Spec?.Color?.Length);
    }

    [Theory]
    [InlineData("<html>not json</html>")]
    [InlineData("null")]
    [InlineData("""{"metadata":"secret-value"}""")]
    public async Task Reports_an_unreadable_answer_without_quoting_it(string answer)
    {
        var exception = await Assert.ThrowsAsync<KubernetesApiException>(
            () => AskAsync(client => client.GetAsync<Widget>(new NamespacedName("ns", "a"), default), answer));

        Assert.Equal("Unreadable", exception.Reason);
        Assert.DoesNotContain("secret-value", exception.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gives_up_after_the_request_timeout()
    {
        var time = new ManualTimeProvider();
        await using var server = await StubApiServer.StartAsync(context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        using var transport = TestClient.Transport(server, time);

        var asking = new KubernetesClient(transport).GetAsync<Widget>(new NamespacedName("ns", "a"), default);
        await ManualTimeProvider.UntilAsync(() => !server.Requests.IsEmpty);
        time.Advance(TimeSpan.FromSeconds(30));

        var exception = await Assert.ThrowsAsync<HttpRequestException>(() => asking);
        Assert.IsType<TimeoutException>(exception.InnerException);
    }

    [Fact]
    public async Task Stops_when_the_caller_cancels()
    {
        await using var server = await StubApiServer.StartAsync(context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        using var transport = TestClient.Transport(server);
        using var source = new CancellationTokenSource();

        var asking = new KubernetesClient(transport).GetAsync<Widget>(new NamespacedName("ns", "a"), source.Token);
        await ManualTimeProvider.UntilAsync(() => !server.Requests.IsEmpty);
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
    }

    [Fact]
    public async Task Reports_a_server_that_is_not_there_as_such()
    {
        await using var server = await StubApiServer.StartAsync(_ => Task.CompletedTask);
        using var transport = TestClient.Transport(server);
        await server.DisposeAsync();

        await Assert.ThrowsAsync<HttpRequestException>(() => new KubernetesClient(transport).GetAsync<Widget>(new NamespacedName("ns", "a"), default));
    }

    private static async Task<(T Result, RecordedRequest Request)> AskAsync<T>(Func<IKubernetesClient, Task<T>> ask, string answer = Stored)
    {
        await using var server = await StubApiServer.StartAsync(context =>
        {
            context.Response.StatusCode = (int)HttpStatusCode.OK;
            return context.Response.WriteAsync(answer);
        });
        using var transport = TestClient.Transport(server);
        var result = await ask(new KubernetesClient(transport));
        return (result, Assert.Single(server.Requests));
    }
}
