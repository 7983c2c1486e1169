using Microsoft.Extensions.Logging;
using Provisioning.Kubernetes;

namespace Provisioning.Reconciliation;

/// <summary>
/// The objects of one kind as the informer last saw them, and who wants to hear of changes. One writer, the informer; reads and
/// subscriptions are safe for concurrent use.
/// </summary>
/// <param name="logger">Where a failing subscriber shows.</param>
/// <param name="presence">Whether the kind may be missing; null: it may not.</param>
internal sealed class ResourceStore<T>(ILogger<ResourceStore<T>> logger, KindPresence<T>? presence = null) : IResourceCache<T>
    where T : class, IResource
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Dictionary<NamespacedName, T>> byNamespace = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource synced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Taken around a change and its notifications, so that a new subscriber misses nothing and sees nothing out of order.
    private readonly Lock notifying = new();
    private readonly List<Action<ResourceChange<T>>> handlers = [];

    public bool HasSynced => synced.Task.IsCompleted;

    /// <summary>Whether the cluster has the kind, and whether it must.</summary>
    public KindPresence Presence { get; } = presence ?? new KindPresence<T> { IsOptional = false };

    /// <summary>Completes when the first full list is in.</summary>
    public Task Synced => synced.Task;

    public int Count
    {
        get
        {
            lock (gate)
            {
                return byNamespace.Values.Sum(objects => objects.Count);
            }
        }
    }

    public T? Get(NamespacedName key)
    {
        lock (gate)
        {
            return byNamespace.GetValueOrDefault(key.Namespace)?.GetValueOrDefault(key);
        }
    }

    public IReadOnlyList<T> List(string? inNamespace)
    {
        lock (gate)
        {
            return inNamespace is null
                ? [.. byNamespace.Values.SelectMany(objects => objects.Values)]
                : [.. byNamespace.GetValueOrDefault(inNamespace)?.Values ?? Enumerable.Empty<T>()];
        }
    }

    /// <summary>The keys of all objects. A snapshot.</summary>
    public IReadOnlyList<NamespacedName> Keys()
    {
        lock (gate)
        {
            return [.. byNamespace.Values.SelectMany(objects => objects.Keys)];
        }
    }

    /// <summary>
    /// Calls the handler for what is known already and for every change from now on, in order, on the informer's time: it has to be quick.
    /// What it throws is logged and reaches nobody else.
    /// </summary>
    public void Subscribe(Action<ResourceChange<T>> handler)
    {
        lock (notifying)
        {
            foreach (var resource in List(null))
            {
                Notify(handler, new ResourceChange<T>(KeyOf(resource), null, resource));
            }

            handlers.Add(handler);
        }
    }

    /// <summary>Takes a full list in: what is not in it is gone.</summary>
    public void Replace(IReadOnlyCollection<T> resources)
    {
        lock (notifying)
        {
            var listed = resources.Select(KeyOf).ToHashSet();
            foreach (var resource in resources)
            {
                Set(resource);
            }

            foreach (var key in Keys().Where(key => !listed.Contains(key)))
            {
                Remove(key, null);
            }

            synced.TrySetResult();
        }
    }

    /// <summary>Takes a new form of an object in.</summary>
    public void Set(T resource)
    {
        var key = KeyOf(resource);
        lock (notifying)
        {
            T? old;
            lock (gate)
            {
                if (!byNamespace.TryGetValue(key.Namespace, out var objects))
                {
                    byNamespace.Add(key.Namespace, objects = []);
                }

                old = objects.GetValueOrDefault(key);
                objects[key] = resource;
            }

            if (old is null || old.Metadata.ResourceVersion != resource.Metadata.ResourceVersion || old.Metadata.Uid != resource.Metadata.Uid)
            {
                NotifyAll(new ResourceChange<T>(key, old, resource));
            }
        }
    }

    /// <summary>Forgets an object.</summary>
    /// <param name="key">The object.</param>
    /// <param name="last">Its last form, when the API server sent one.</param>
    public void Remove(NamespacedName key, T? last)
    {
        lock (notifying)
        {
            T? old = null;
            lock (gate)
            {
                if (byNamespace.TryGetValue(key.Namespace, out var objects) && objects.Remove(key, out old) && objects.Count == 0)
                {
                    byNamespace.Remove(key.Namespace);
                }
            }

            if (old is not null)
            {
                NotifyAll(new ResourceChange<T>(key, last ?? old, null));
            }
        }
    }

    /// <summary>The object's key.</summary>
    public static NamespacedName KeyOf(T resource) => new(resource.Metadata.Namespace ?? "", resource.Metadata.Name ?? "");

    private void NotifyAll(ResourceChange<T> change)
    {
        foreach (var handler in handlers)
        {
            Notify(handler, change);
        }
    }

    private void Notify(Action<ResourceChange<T>> handler, ResourceChange<T> change)
    {
        try
        {
            handler(change);
        }
        catch (Exception exception)
        {
            logger.ChangeHandlerFailed(T.ResourceType.Plural, change.Key, exception);
        }
    }
}
