using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Provisioning.Kubernetes;
using Provisioning.Reconciliation;
using Provisioning.Tests.Kubernetes;

namespace Provisioning.Tests.Reconciliation;

/// <summary>Client and informer together over TLS and HTTP/2, against a server that behaves badly.</summary>
public sealed class InformerOverHttpTests : IAsyncDisposable
{
    private readonly TestAuthority authority = new();
    private readonly FakeApi api = new();
    private readonly ManualTimeProvider time = new();
    private readonly ServiceProvider services = new ServiceCollection().AddMetrics().AddSingleton<ReconciliationMetrics>().BuildServiceProvider();
    private readonly ResourceStore<Widget> store = new(NullLogger<ResourceStore<Widget>>.Instance);
    private int lists;
    private int watches;
    private volatile int cutAfter = int.MaxValue;
    private volatile bool down;

    public async ValueTask DisposeAsync()
    {
        authority.Dispose();
        await services.DisposeAsync();
    }

    [Fact]
    public async Task Ten_thousand_objects_come_in_with_one_list_in_pages_and_one_watch()
    {
        for (var index = 0; index < 10_000; index++)
        {
            api.Put(Widget.Named($"w{index}", inNamespace: $"ns{index % 100}"));
        }

        await using var server = await StartServerAsync();
        using var transport = Connect(server);
        using var informer = await StartAsync(transport);
        await ManualTimeProvider.UntilAsync(() => store.HasSynced && api.OpenWatches == 1);

        Assert.Equal(10_000, store.Count);
        Assert.Equal((1, 1), (lists, watches));
        Assert.Equal(22, server.Requests.Count);
        Assert.All(server.Requests, request => Assert.Equal("HTTP/2", request.Protocol));
        await informer.StopAsync(default);
    }

    [Fact]
    public async Task Watches_that_are_cut_all_the_time_lose_nothing_and_cost_no_list()
    {
        await using var server = await StartServerAsync();
        using var transport = Connect(server);
        cutAfter = 2;
        var seen = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        store.Subscribe(change => seen[change.Key.Name] = change.New is not null);
        using var informer = await StartAsync(transport);
        await ManualTimeProvider.UntilAsync(() => store.HasSynced);

        for (var index = 0; index < 30; index++)
        {
            api.Put(Widget.Named($"w{index}"));
        }

        api.Remove<Widget>(new NamespacedName("ns", "w7"));
        await time.AdvanceUntilAsync(() => seen.Count == 30 && !seen["w7"], TimeSpan.FromMilliseconds(500));

        Assert.Equal(29, store.Count);
        Assert.Equal(1, lists);
        Assert.True(watches >= 15, $"{watches} watches");
        await informer.StopAsync(default);
    }

    [Fact]
    public async Task An_API_server_that_is_down_for_a_while_and_compacts_is_caught_up_with()
    {
        api.Put(Widget.Named("stays"));
        api.Put(Widget.Named("goes"));
        await using var server = await StartServerAsync();
        using var transport = Connect(server);
        using var informer = await StartAsync(transport);
        await ManualTimeProvider.UntilAsync(() => store.Count == 2 && api.OpenWatches == 1);

        down = true;
        api.EndWatches(new IOException("restart"));
        await time.AdvanceUntilAsync(() => informer.Problem is not null, TimeSpan.FromSeconds(1));
        Assert.Equal(2, store.Count);
        api.Remove<Widget>(new NamespacedName("ns", "goes"));
        api.Put(Widget.Named("comes"));
        api.Compact();
        down = false;
        await time.AdvanceUntilAsync(() => api.OpenWatches == 1, TimeSpan.FromSeconds(1));

        Assert.Equal(["comes", "stays"], store.List(null).Select(widget => widget.Metadata.Name).Order(StringComparer.Ordinal));
        Assert.Null(informer.Problem);
        await informer.StopAsync(default);
    }

    private KubernetesTransport Connect(StubApiServer server) => TestClient.Transport(
        new KubernetesConnection
        {
            Server = server.Address,
            Source = "test",
            Roots = TrustedRoots.FromPem(authority.Pem, "test", NullLogger.Instance),
        },
        time);

    private async Task<Informer<Widget>> StartAsync(KubernetesTransport transport)
    {
        var informer = new Informer<Widget>(
            new KubernetesClient(transport), store, time, services.GetRequiredService<ReconciliationMetrics>(), NullLogger<Informer<Widget>>.Instance);
        await informer.StartAsync(default);
        return informer;
    }

    private Task<StubApiServer> StartServerAsync() => StubApiServer.StartAsync(AnswerAsync, authority.IssueServer("127.0.0.1"));

    private async Task AnswerAsync(HttpContext context)
    {
        if (down)
        {
            context.Abort();
            return;
        }

        try
        {
            if (context.Request.Query.ContainsKey("watch"))
            {
                Interlocked.Increment(ref watches);
                await WatchAsync(context);
                return;
            }

            var token = (string?)context.Request.Query["continue"];
            lists += token is null ? 1 : 0;
            var page = await api.ListAsync<Widget>(
                new ListOptions { Limit = int.Parse(context.Request.Query["limit"]!), Continue = token }, context.RequestAborted);
            await context.Response.WriteAsync(JsonSerializer.Serialize(
                new { metadata = new { resourceVersion = page.ResourceVersion, @continue = page.Continue }, items = page.Items }, KubernetesJson.Options));
        }
        catch (KubernetesApiException exception)
        {
            context.Response.StatusCode = (int)exception.StatusCode;
            await context.Response.WriteAsync($$"""{"kind":"Status","reason":"{{exception.Reason}}","message":"m"}""");
        }
    }

    private async Task WatchAsync(HttpContext context)
    {
        var sent = 0;
        await using var events = api.WatchAsync<Widget>(
            new WatchOptions { ResourceVersion = context.Request.Query["resourceVersion"]! }, context.RequestAborted).GetAsyncEnumerator();
        var next = events.MoveNextAsync();
        if (!next.IsCompleted)
        {
            await context.Response.Body.FlushAsync();
        }

        while (await next)
        {
            var (type, content) = events.Current is WatchEvent<Widget>.Deleted deleted
                ? ("DELETED", deleted.Resource)
                : ("MODIFIED", ((WatchEvent<Widget>.Changed)events.Current).Resource);
            await context.Response.WriteAsync(JsonSerializer.Serialize(new { type, @object = content }, KubernetesJson.Options) + "\n");
            await context.Response.Body.FlushAsync();
            if (++sent == cutAfter)
            {
                // A reset overtakes what the client has not read yet; then only a list would help, and this is about resuming.
                var expected = type == "DELETED" ? null : content.Metadata.ResourceVersion;
                await ManualTimeProvider.UntilAsync(() => store.Get(content.Key)?.Metadata.ResourceVersion == expected);
                context.Abort();
                return;
            }

            next = events.MoveNextAsync();
        }
    }
}
