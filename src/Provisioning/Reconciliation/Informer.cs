using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Provisioning.Kubernetes;

namespace Provisioning.Reconciliation;

/// <summary>
/// Keeps the store of a kind equal to the API server: one list in pages, then watches that resume where the last one ended. Lists again
/// only when the API server no longer has the version to resume from. Survives every failure; stops only with the host. A kind that is
/// optional and not served counts as one without objects, and is asked for again now and then.
/// </summary>
internal sealed class Informer<T>(
    IKubernetesClient client, ResourceStore<T> store, TimeProvider time, ReconciliationMetrics metrics, ILogger<Informer<T>> logger)
    : BackgroundService, IInformer
    where T : class, IResource
{
    private const int PageSize = 500;
    private const int TriesToResume = 4;

    // Bookmarks come once a minute. A watch that outlives this without one may be waiting for versions that an API server restored from
    // a backup will not reach for a long time.
    private static readonly TimeSpan SuspiciousSilence = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan ShortestWatch = TimeSpan.FromSeconds(1);

    /// <summary>How often an optional kind that is not served is asked for: one list, which the API server answers without a look at its storage.</summary>
    public static readonly TimeSpan AbsencePeriod = TimeSpan.FromSeconds(30);

    private readonly ExponentialBackoff backoff = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));

    // Null: a list has to come first.
    private string? resourceVersion;
    private int failures;
    private volatile string? problem = "not listed yet";
    private volatile string? note;

    public string Resource { get; } =
        T.ResourceType.Group.Length == 0 ? T.ResourceType.Plural
        : store.Presence.Preferred is null ? $"{T.ResourceType.Plural}.{T.ResourceType.Group}"
        : $"{T.ResourceType.Plural}.{T.ResourceType.Version}.{T.ResourceType.Group}";

    public int Count => store.Count;

    public bool HasSynced => store.HasSynced;

    public string? Problem => problem;

    public string? Note => note;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        metrics.ObserveInformer(this);
        var delay = TimeSpan.Zero;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(delay, time, stoppingToken);
                delay = TimeSpan.Zero;
                if (store.Presence.Preferred is { } preferred && await preferred.IsServedAsync(stoppingToken))
                {
                    delay = DoWithout("a newer version of this kind is followed instead");
                    continue;
                }

                await FollowAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (IsMissing(exception))
            {
                delay = DoWithout("the API server does not serve this optional kind; it is followed once its CRD is installed");
            }
            catch (Exception exception)
            {
                delay = Fail(exception);
            }
        }
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        if (resourceVersion is null)
        {
            await ListAsync(cancellationToken);
        }

        await WatchAsync(cancellationToken);
    }

    private bool IsMissing(Exception exception) => store.Presence.IsOptional && exception is KubernetesApiException { IsUnknownKind: true };

    /// <summary>None of the kind can exist: whoever waits for its objects need not.</summary>
    private TimeSpan DoWithout(string why)
    {
        if (note is null)
        {
            logger.DoesWithout(Resource, why);
        }

        (note, problem, resourceVersion, failures) = (why, null, null, 0);
        store.Presence.Set(served: false);
        store.Replace([]);

        // Not all processes and kinds at the same moment.
        return AbsencePeriod * (0.75 + (Random.Shared.NextDouble() / 2));
    }

    private async Task ListAsync(CancellationToken cancellationToken)
    {
        try
        {
            var resources = new List<T>();
            var options = new ListOptions { Limit = PageSize };
            ResourcePage<T> page;
            do
            {
                page = await client.ListAsync<T>(options, cancellationToken);
                resources.AddRange(page.Items);
                options = options with { Continue = page.Continue };
            }
            while (page.Continue is not null);

            // Only now, after the last page, does an absence mean that an object is gone.
            store.Presence.Set(served: true);
            store.Replace(resources);
            resourceVersion = page.ResourceVersion;
            (problem, note) = (null, null);
            metrics.Listed(Resource, succeeded: true);
            logger.Listed(resources.Count, Resource);
        }
        catch (Exception exception) when (exception is not OperationCanceledException && !IsMissing(exception))
        {
            metrics.Listed(Resource, succeeded: false);
            throw;
        }
    }

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        logger.Watching(Resource, resourceVersion!);
        var options = new WatchOptions
        {
            ResourceVersion = resourceVersion!,
            Timeout = TimeSpan.FromSeconds(300 + Random.Shared.Next(300)),
        };
        var started = time.GetTimestamp();
        var heard = false;
        try
        {
            await foreach (var change in client.WatchAsync<T>(options, cancellationToken))
            {
                Apply(change);
                heard = true;
                failures = 0;
                problem = null;
            }
        }
        catch (IOException) when (time.GetElapsedTime(started) >= ShortestWatch)
        {
            // It was open and is cut: the first failure of its own, not one more of a row.
            failures = 0;
            throw;
        }

        var lived = time.GetElapsedTime(started);
        if (!heard && lived < ShortestWatch)
        {
            throw new IOException("The API server ended a watch at once.");
        }

        failures = 0;
        problem = null;
        metrics.WatchEnded(Resource, "closed");
        if (!heard && lived >= SuspiciousSilence)
        {
            resourceVersion = null;
        }
    }

    private void Apply(WatchEvent<T> change)
    {
        switch (change)
        {
            case WatchEvent<T>.Changed { Resource: var resource }:
                store.Set(resource);
                resourceVersion = resource.Metadata.ResourceVersion ?? resourceVersion;
                break;
            case WatchEvent<T>.Deleted { Resource: var resource }:
                store.Remove(ResourceStore<T>.KeyOf(resource), resource);
                resourceVersion = resource.Metadata.ResourceVersion ?? resourceVersion;
                break;
            case WatchEvent<T>.Bookmark { ResourceVersion: var version }:
                resourceVersion = version;
                break;
            default:
                throw new InvalidOperationException($"An event of type {change.GetType()} is not known.");
        }
    }

    /// <summary>Decides whether a list has to come next, and how long to wait before trying again.</summary>
    private TimeSpan Fail(Exception exception)
    {
        failures++;
        var wasWatching = resourceVersion is not null;
        if (wasWatching)
        {
            metrics.WatchEnded(Resource, exception is KubernetesApiException { IsGone: true } ? "gone" : "failed");
        }

        if (exception is KubernetesApiException { IsGone: true })
        {
            resourceVersion = null;
            logger.ResourceVersionGone(Resource);
            if (failures == 1)
            {
                return TimeSpan.Zero;
            }
        }
        else if (exception is IOException && failures >= TriesToResume)
        {
            // The same event cannot be read again and again: the list may pass it by.
            resourceVersion = null;
        }
        else if (!InformerFailures.MayResume(exception))
        {
            resourceVersion = null;
        }

        var delay = backoff.After(failures);
        if (exception is KubernetesApiException { RetryAfter: { } asked } && asked > delay)
        {
            delay = asked;
        }

        if (wasWatching && failures == 1 && exception is IOException)
        {
            logger.WatchBroken(Resource, resourceVersion ?? "", delay, exception);
        }
        else
        {
            problem = InformerFailures.Describe(exception);
            logger.InformerFailed(Resource, failures, delay, exception);
        }

        return delay;
    }
}
