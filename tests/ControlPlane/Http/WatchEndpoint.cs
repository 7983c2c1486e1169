using System.Globalization;
using ControlPlane.Storage;

namespace ControlPlane.Http;

/// <summary>Watches: a stream of events, one JSON object a line.</summary>
internal sealed class WatchEndpoint(Store store, WatchCuts cuts, TimeProvider timeProvider)
{
    private static readonly TimeSpan BookmarkInterval = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LastBookmarkBeforeEnd = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(30);

    /// <summary>Answers until the timeout, the client or a cut ends it.</summary>
    public async Task WatchAsync(ApiRequest request)
    {
        var version = request.Query("resourceVersion");
        if (version.Length > 0 && !ulong.TryParse(version, CultureInfo.InvariantCulture, out _))
        {
            throw new ApiException(
                500, "", $"resourceVersion: Invalid value: \"{version}\": strconv.ParseUint: parsing \"{version}\": invalid syntax");
        }

        var initial = request.Query("sendInitialEvents") == "true";
        if (initial && request.Query("resourceVersionMatch") != "NotOlderThan")
        {
            throw ApiException.Invalid("meta.k8s.io", "ListOptions", "", [FieldError.Forbidden(
                "resourceVersionMatch", "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")]);
        }

        var stream = new EventStream(request, timeProvider);
        var seconds = long.TryParse(request.Query("timeoutSeconds"), CultureInfo.InvariantCulture, out var given) && given > 0 ? given : 0;
        var timeout = seconds > 0 ? TimeSpan.FromSeconds(seconds) : DefaultTimeout;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(request.Aborted, cuts.Token);
        using var timer = new CancellationTokenSource(timeout, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ending.Token, timer.Token);
        var from = version is "" or "0" || initial ? (long?)null : long.Parse(version, CultureInfo.InvariantCulture);
        try
        {
            await RunAsync(request, stream, from, timeout, either.Token);
        }
        catch (OperationCanceledException)
        {
            // The end of a watch is a normal one, whoever wants it.
        }
    }

    private async Task RunAsync(
        ApiRequest request, EventStream stream, long? from, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var resource = request.Resource.StorageName;
        var ns = request.Resource.IsNamespaced && request.Info.Namespace.Length > 0 ? request.Info.Namespace : null;
        var present = store.List(resource, ns, null, out var listed)!;
        using var subscription = store.Subscribe(resource, from ?? listed);
        await stream.StartAsync(cancellationToken);
        if (subscription is null)
        {
            await stream.SendAsync("ERROR", ApiException.Expired($"too old resource version: {from} ({store.CompactedRevision})").ToStatus(), cancellationToken);
            return;
        }

        if (from is null)
        {
            foreach (var stored in present.Where(o => stream.Selects(o.Value)))
            {
                await stream.SendAsync("ADDED", stored.Value, cancellationToken);
            }

            // The real server marks the end of the initial events for every client that takes bookmarks and starts without a version.
            await stream.BookmarkAsync(listed, isInitialEnd: true, cancellationToken);
        }

        await FollowAsync(subscription, stream, ns, timeout, cancellationToken);
    }

    private async Task FollowAsync(
        Subscription subscription, EventStream stream, string? ns, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var started = timeProvider.GetTimestamp();
        var nextBookmark = Next(TimeSpan.Zero, timeout);
        while (true)
        {
            while (subscription.Changes.TryRead(out var change))
            {
                if (ns is null || change.Current.Key.Namespace == ns)
                {
                    await stream.SendAsync(change, cancellationToken);
                }
            }

            var wait = nextBookmark - timeProvider.GetElapsedTime(started);
            using var alarm = new CancellationTokenSource(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, timeProvider);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, alarm.Token);
            try
            {
                await subscription.Changes.WaitToReadAsync(either.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // Between the alarm and here a change may have come: it goes first, the bookmark waits for the next alarm.
                if (subscription.Changes.Count == 0)
                {
                    await stream.BookmarkAsync(Math.Max(stream.LastRevision, SafeRevision(subscription)), false, cancellationToken);
                    nextBookmark = Next(timeProvider.GetElapsedTime(started), timeout);
                }
            }
        }
    }

    /// <summary>When the next bookmark is due: every minute, and once shortly before the end.</summary>
    private static TimeSpan Next(TimeSpan elapsed, TimeSpan timeout)
    {
        var last = timeout - LastBookmarkBeforeEnd;
        return elapsed < last && last - elapsed < BookmarkInterval ? last : elapsed + BookmarkInterval;
    }

    /// <summary>A revision up to which nothing is left unsent: the store's own, unless a change arrived meanwhile.</summary>
    private long SafeRevision(Subscription subscription)
    {
        var revision = store.Revision;
        return subscription.Changes.Count == 0 ? revision : 0;
    }
}

/// <summary>Ends all watches at once.</summary>
internal sealed class WatchCuts : IDisposable
{
    private CancellationTokenSource _source = new();

    /// <summary>Cancelled at the next cut.</summary>
    public CancellationToken Token => Volatile.Read(ref _source).Token;

    /// <summary>Ends the watches that are open now.</summary>
    public async Task CutAsync()
    {
        using var old = Interlocked.Exchange(ref _source, new CancellationTokenSource());
        await old.CancelAsync();
    }

    public void Dispose() => _source.Dispose();
}
