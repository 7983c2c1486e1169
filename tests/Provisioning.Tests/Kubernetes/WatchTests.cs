using Microsoft.AspNetCore.Http;
using Provisioning.Kubernetes;

namespace Provisioning.Tests.Kubernetes;

public sealed class WatchTests
{
    private const string Added = """{"type":"ADDED","object":{"metadata":{"name":"a","resourceVersion":"11"}}}""" + "\n";
    private const string Modified = """{"object":{"metadata":{"name":"a","resourceVersion":"12"}},"type":"MODIFIED"}""" + "\n";
    private const string Deleted = """{"type":"DELETED","object":{"metadata":{"name":"a","resourceVersion":"13"}}}""" + "\n";
    private const string Bookmark = """{"type":"BOOKMARK","object":{"kind":"Widget","metadata":{"resourceVersion":"20","creationTimestamp":null}}}""" + "\n";
    private const string Expired = """{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old resource version"}}""" + "\n";

    [Fact]
    public async Task Follows_every_kind_of_event_and_ends_when_the_server_closes()
    {
        await using var server = await StubApiServer.StartAsync(context => context.Response.WriteAsync(Added + Modified + "\n" + Deleted + Bookmark));

        var events = await ReadAllAsync(server);

        Assert.Equal(["changed 11", "changed 12", "deleted 13", "bookmark 20"], events);
        Assert.Equal(
            "/apis/example.com/v1/widgets?watch=true&allowWatchBookmarks=true&resourceVersion=10&timeoutSeconds=300",
            server.Requests.Single().Target);
    }

    [Fact]
    public async Task Delivers_an_event_at_once_and_puts_pieces_together()
    {
        var goOn = new TaskCompletionSource();
        await using var server = await StubApiServer.StartAsync(async context =>
        {
            foreach (var piece in Added.Chunk(7))
            {
                await context.Response.WriteAsync(new string(piece));
                await context.Response.Body.FlushAsync();
            }

            await goOn.Task;
        });
        using var transport = TestClient.Transport(server);

        await using var events = Watch(transport).GetAsyncEnumerator();
        Assert.True(await events.MoveNextAsync());
        goOn.SetResult();

        Assert.IsType<WatchEvent<Widget>.Changed>(events.Current);
        Assert.False(await events.MoveNextAsync());
    }

    [Fact]
    public async Task Throws_an_error_event()
    {
        await using var server = await StubApiServer.StartAsync(context => context.Response.WriteAsync(Added + Expired));

        var exception = await Assert.ThrowsAsync<KubernetesApiException>(() => ReadAllAsync(server));

        Assert.True(exception.IsGone);
    }

    [Theory]
    [InlineData("garbage\n")]
    [InlineData("[]\n")]
    [InlineData("{}\n")]
    [InlineData("{\"type\":\"ADDED\",\"object\":null}\n")]
    [InlineData("{\"type\":\"ADDED\",\"object\":{\"metadata\":5}}\n")]
    [InlineData("{\"type\":\"BOOKMARK\",\"object\":{}}\n")]
    [InlineData("{\"type\":\"ADDED\",\"obj")]
    public async Task Treats_garbage_and_half_an_event_as_a_broken_connection(string body)
    {
        await using var server = await StubApiServer.StartAsync(context => context.Response.WriteAsync(Added + body));

        await Assert.ThrowsAsync<IOException>(() => ReadAllAsync(server));
    }

    [Fact]
    public async Task Reports_a_cut_connection()
    {
        await using var server = await StubApiServer.StartAsync(async context =>
        {
            await context.Response.WriteAsync(Added);
            await context.Response.Body.FlushAsync();
            context.Abort();
        });

        var exception = await Assert.ThrowsAnyAsync<Exception>(() => ReadAllAsync(server));

        Assert.True(exception is IOException or HttpRequestException, exception.GetType().Name);
    }

    [Fact]
    public async Task Reports_a_refused_watch()
    {
        await using var server = await StubApiServer.StartAsync(context =>
        {
            context.Response.StatusCode = 410;
            return context.Response.WriteAsync("""{"kind":"Status","reason":"Expired","message":"m"}""");
        });

        Assert.True((await Assert.ThrowsAsync<KubernetesApiException>(() => ReadAllAsync(server))).IsGone);
    }

    [Fact]
    public async Task Gives_a_silent_watch_up_soon_after_the_server_should_have_ended_it()
    {
        var time = new ManualTimeProvider();
        await using var server = await StubApiServer.StartAsync(async context =>
        {
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        using var transport = TestClient.Transport(server, time);
        await using var events = Watch(transport).GetAsyncEnumerator();

        var next = events.MoveNextAsync().AsTask();
        await ManualTimeProvider.UntilAsync(() => !server.Requests.IsEmpty && time.PendingTimers == 1);
        time.Advance(TimeSpan.FromSeconds(329));
        Assert.False(next.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));

        await Assert.ThrowsAsync<IOException>(() => next);
    }

    [Fact]
    public async Task Stops_when_the_caller_cancels()
    {
        using var source = new CancellationTokenSource();
        await using var server = await StubApiServer.StartAsync(async context =>
        {
            await context.Response.WriteAsync(Added);
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        using var transport = TestClient.Transport(server);
        await using var events = Watch(transport).GetAsyncEnumerator(source.Token);

        Assert.True(await events.MoveNextAsync());
        var next = events.MoveNextAsync().AsTask();
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
    }

    private static IAsyncEnumerable<WatchEvent<Widget>> Watch(KubernetesTransport transport) =>
        new KubernetesClient(transport).WatchAsync<Widget>(
            new WatchOptions { ResourceVersion = "10", Timeout = TimeSpan.FromMinutes(5) }, CancellationToken.None);

    private static async Task<List<string>> ReadAllAsync(StubApiServer server)
    {
        using var transport = TestClient.Transport(server);
        var seen = new List<string>();
        await foreach (var change in Watch(transport))
        {
            seen.Add(change switch
            {
                WatchEvent<Widget>.Changed changed => $"changed {changed.Resource.Metadata.ResourceVersion}",
                WatchEvent<Widget>.Deleted deleted => $"deleted {deleted.Resource.Metadata.ResourceVersion}",
                WatchEvent<Widget>.Bookmark bookmark => $"bookmark {bookmark.ResourceVersion}",
                _ => "?",
            });
        }

        return seen;
    }
}
