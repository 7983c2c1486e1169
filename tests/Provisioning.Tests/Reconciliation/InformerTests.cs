using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Provisioning.Kubernetes;
using Provisioning.Reconciliation;
using Provisioning.Tests.Kubernetes;

namespace Provisioning.Tests.Reconciliation;

public sealed class InformerTests : IAsyncDisposable
{
    private readonly ManualTimeProvider time = new();
    private readonly FakeApi api = new();
    private readonly ServiceProvider services = new ServiceCollection().AddMetrics().AddSingleton<ReconciliationMetrics>().BuildServiceProvider();
    private readonly ResourceStore<Widget> store = new(NullLogger<ResourceStore<Widget>>.Instance);
    private readonly ConcurrentQueue<string> changes = [];
    private readonly Informer<Widget> informer;

    public InformerTests()
    {
        informer = new Informer<Widget>(api, store, time, services.GetRequiredService<ReconciliationMetrics>(), NullLogger<Informer<Widget>>.Instance);
        store.Subscribe(change => changes.Enqueue((change.Old, change.New) switch
        {
            (null, _) => $"+{change.Key.Name}",
            (_, null) => $"-{change.Key.Name}",
            _ => $"{change.Key.Name}:{change.Old.Spec?.Color}>{change.New.Spec?.Color}",
        }));
    }

    public async ValueTask DisposeAsync()
    {
        await informer.StopAsync(default);
        informer.Dispose();
        await services.DisposeAsync();
    }

    [Fact]
    public async Task Lists_in_pages_once_and_follows_one_watch()
    {
        for (var index = 0; index < 1_250; index++)
        {
            api.Put(Widget.Named($"w{index}", inNamespace: $"ns{index % 3}"));
        }

        await StartAsync();
        api.Put(Widget.Named("late", color: "red"));
        api.Put(Widget.Named("late", color: "blue"));
        api.Remove<Widget>(new NamespacedName("ns1", "w1"));
        await ManualTimeProvider.UntilAsync(() => changes.Count == 1_253);

        Assert.Equal(["+late", "late:red>blue", "-w1"], changes.Skip(1_250));
        Assert.Equal(1_250, store.List(null).Count);
        Assert.Equal(416, store.List("ns1").Count);
        Assert.Empty(store.List("other"));
        Assert.Equal("blue", store.Get(new NamespacedName("ns", "late"))?.Spec?.Color);
        Assert.Null(store.Get(new NamespacedName("ns1", "w1")));
        Assert.Equal((1, 2, 1), (api.CountOf("list widgets"), api.CountOf("continue widgets"), api.CountOf("watch widgets")));
    }

    [Fact]
    public async Task A_failed_page_never_counts_as_absence()
    {
        for (var index = 0; index < 600; index++)
        {
            api.Put(Widget.Named($"w{index}"));
        }

        await StartAsync();
        api.Remove<Widget>(new NamespacedName("ns", "w7"));
        await ManualTimeProvider.UntilAsync(() => store.Count == 599);
        var refused = 0;
        api.Before = (call, _) => call == "continue widgets" && refused++ < 3 ? throw new HttpRequestException("reset") : Task.CompletedTask;
        api.Compact();
        api.EndWatches(null);

        await ManualTimeProvider.UntilAsync(() => refused == 1);
        Assert.Equal(599, store.Count);
        await time.AdvanceUntilAsync(() => api.OpenWatches == 1, TimeSpan.FromSeconds(1));

        Assert.Equal(599, store.Count);
        Assert.Equal(["-w7"], changes.Skip(600));
    }

    [Fact]
    public async Task Relists_after_410_and_forgets_vanished_objects()
    {
        api.Put(Widget.Named("stays", color: "red"));
        api.Put(Widget.Named("goes"));
        api.Put(Widget.Named("changes", color: "red"));
        await StartAsync();

        api.Before = (call, _) => call == "watch widgets" ? throw new HttpRequestException("down") : Task.CompletedTask;
        api.EndWatches(new IOException("cut"));
        await ManualTimeProvider.UntilAsync(() => api.OpenWatches == 0);
        api.Remove<Widget>(new NamespacedName("ns", "goes"));
        api.Put(Widget.Named("changes", color: "blue"));
        api.Put(Widget.Named("new"));
        api.Compact();
        api.Before = null;
        await time.AdvanceUntilAsync(() => api.OpenWatches == 1, TimeSpan.FromSeconds(1));

        Assert.Equal(["+new", "-goes", "changes:red>blue"], changes.Skip(3).Order(StringComparer.Ordinal));
        Assert.Equal(2, api.CountOf("list widgets"));
    }

    [Fact]
    public async Task Starts_the_list_over_when_its_continue_token_expires()
    {
        for (var index = 0; index < 600; index++)
        {
            api.Put(Widget.Named($"w{index}"));
        }

        var compacted = false;
        api.Before = (call, _) =>
        {
            if (call == "continue widgets" && !compacted)
            {
                compacted = true;
                api.Compact();
            }

            return Task.CompletedTask;
        };
        await StartAsync();

        Assert.Equal(600, store.Count);
        Assert.Equal((2, 2), (api.CountOf("list widgets"), api.CountOf("continue widgets")));
    }

    [Fact]
    public async Task Resumes_where_a_watch_ended_or_was_cut_without_listing_again()
    {
        await StartAsync();
        for (var round = 0; round < 20; round++)
        {
            api.Put(Widget.Named($"w{round}"));
            await ManualTimeProvider.UntilAsync(() => store.Count == round + 1);
            time.Advance(TimeSpan.FromSeconds(3));
            api.EndWatches(round % 2 == 0 ? null : new IOException("cut"));
            await time.AdvanceUntilAsync(() => api.CountOf("watch widgets") == round + 2, TimeSpan.FromMilliseconds(200));
        }

        Assert.Equal(1, api.CountOf("list widgets"));
        Assert.Equal(20, changes.Count);
    }

    [Fact]
    public async Task Resumes_from_a_bookmark_although_older_versions_are_gone()
    {
        api.Put(Widget.Named("a"));
        await StartAsync();
        api.Compact();
        api.SendBookmark();
        api.EndWatches(new IOException("cut"));
        await time.AdvanceUntilAsync(() => api.CountOf("watch widgets") == 2 && api.OpenWatches == 1, TimeSpan.FromMilliseconds(200));
        api.Put(Widget.Named("b"));
        await ManualTimeProvider.UntilAsync(() => store.Count == 2);

        Assert.Equal(["+a", "+b"], changes);
        Assert.Equal(1, api.CountOf("list widgets"));
    }

    [Fact]
    public async Task Survives_every_failure_of_the_API_server_and_heals()
    {
        var failures = new Queue<Exception>(
        [
            new HttpRequestException("connection refused"),
            new KubernetesApiException(HttpStatusCode.InternalServerError, "InternalError", "m"),
            new KubernetesApiException(HttpStatusCode.Forbidden, "Forbidden", "m"),
            new KubernetesApiException(HttpStatusCode.NotFound, "NotFound", "no such resource"),
            new KubernetesApiException(HttpStatusCode.OK, "Unreadable", "m"),
            new IOException("reset"),
            new TaskCanceledException("somebody's timeout"),
            new InvalidOperationException("a bug"),
        ]);
        api.Before = (call, _) => call == "list widgets" && failures.TryDequeue(out var failure) ? throw failure : Task.CompletedTask;
        api.Put(Widget.Named("a"));

        await informer.StartAsync(default);
        await ManualTimeProvider.UntilAsync(() => informer.Problem?.Contains("refused", StringComparison.Ordinal) == true);
        Assert.False(store.HasSynced);
        await time.AdvanceUntilAsync(() => store.HasSynced, TimeSpan.FromSeconds(1));

        Assert.Null(informer.Problem);
        Assert.Empty(failures);
        Assert.Equal(9, api.CountOf("list widgets"));
    }

    [Fact]
    public async Task Waits_longer_with_each_failure_and_never_more_than_half_a_minute()
    {
        var asked = new ConcurrentQueue<DateTimeOffset>();
        api.Before = (_, _) =>
        {
            asked.Enqueue(time.GetUtcNow());
            throw new HttpRequestException("down");
        };

        await informer.StartAsync(default);
        await time.AdvanceUntilAsync(() => asked.Count == 10, TimeSpan.FromMilliseconds(250));

        var waits = asked.Zip(asked.Skip(1), (before, after) => (after - before).TotalSeconds).ToList();
        Assert.InRange(waits[0], 0.5, 1.25);
        Assert.InRange(waits[1], 1, 2.25);
        Assert.InRange(waits[2], 2, 4.25);
        Assert.All(waits.Skip(5), wait => Assert.InRange(wait, 15, 30.25));
    }

    [Fact]
    public async Task Waits_as_long_as_the_API_server_asks()
    {
        var asked = new ConcurrentQueue<DateTimeOffset>();
        api.Before = (_, _) =>
        {
            asked.Enqueue(time.GetUtcNow());
            throw new KubernetesApiException(HttpStatusCode.TooManyRequests, "TooManyRequests", "m") { RetryAfter = TimeSpan.FromSeconds(77) };
        };

        await informer.StartAsync(default);
        await time.AdvanceUntilAsync(() => asked.Count == 2, TimeSpan.FromSeconds(1));

        Assert.InRange((asked.Last() - asked.First()).TotalSeconds, 77, 78);
    }

    [Fact]
    public async Task Lists_again_after_a_long_watch_that_said_nothing_at_all()
    {
        await StartAsync();
        time.Advance(TimeSpan.FromMinutes(5));
        api.EndWatches(null);
        await ManualTimeProvider.UntilAsync(() => api.CountOf("watch widgets") == 2);
        api.SendBookmark();
        await ManualTimeProvider.UntilAsync(() => api.OpenWatches == 1);
        Assert.Equal(2, api.CountOf("list widgets"));
    }

    private async Task StartAsync()
    {
        await informer.StartAsync(default);
        await ManualTimeProvider.UntilAsync(() => store.HasSynced && api.OpenWatches == 1);
    }
}
