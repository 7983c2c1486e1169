using System.Collections.Concurrent;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Provisioning.Kubernetes;

namespace Provisioning.Tests.Reconciliation;

/// <summary>
/// An API server in memory: versions, pages, watches with history and compaction, conditional merge patches. <see cref="Before"/> makes it
/// fail, hang or be cut off. One store may have several clients (<see cref="AsSeenBy"/>), each with a network of its own.
/// </summary>
internal sealed class FakeApi : IKubernetesClient
{
    private readonly Store store;

    public FakeApi()
        : this(new Store())
    {
    }

    private FakeApi(Store store) => this.store = store;

    /// <summary>Runs before every call with its verb and resource ("list widgets"); may throw or wait.</summary>
    public Func<string, CancellationToken, Task>? Before { get; set; }

    /// <summary>Every call of this client, in order.</summary>
    public ConcurrentQueue<string> Calls { get; } = [];

    public FakeApi AsSeenBy() => new(store);

    public int CountOf(string call) => Calls.Count(made => made == call);

    public void Put<T>(T resource)
        where T : IResource => store.Write(T.ResourceType, JsonSerializer.SerializeToNode(resource, KubernetesJson.Options)!.AsObject());

    public void Remove<T>(NamespacedName name)
        where T : IResource => store.Remove(T.ResourceType, name);

    /// <summary>Forgets history: watches from older versions get 410, and so do continue tokens.</summary>
    public void Compact() => store.Compact();

    /// <summary>Ends all open watches: normally with null, else with this exception.</summary>
    public void EndWatches(Exception? exception) => store.EndWatches(exception);

    public void SendBookmark() => store.SendBookmark();

    public int OpenWatches => store.OpenWatches;

    public async Task<T> GetAsync<T>(NamespacedName name, CancellationToken cancellationToken)
        where T : IResource
    {
        await CallAsync<T>("get", cancellationToken);
        return Read<T>(store.Get(T.ResourceType, name));
    }

    public async Task<ResourcePage<T>> ListAsync<T>(ListOptions options, CancellationToken cancellationToken)
        where T : IResource
    {
        await CallAsync<T>(options.Continue is null ? "list" : "continue", cancellationToken);
        var (items, version, next) = store.List(T.ResourceType, options.Limit ?? int.MaxValue, options.Continue);
        return new ResourcePage<T>([.. items.Select(Read<T>)], version, next);
    }

    public async IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(WatchOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : IResource
    {
        await CallAsync<T>("watch", cancellationToken);
        await foreach (var (type, content) in store.WatchAsync(T.ResourceType, options.ResourceVersion, cancellationToken))
        {
            yield return type switch
            {
                "BOOKMARK" => new WatchEvent<T>.Bookmark((string)content["metadata"]!["resourceVersion"]!),
                "DELETED" => new WatchEvent<T>.Deleted(Read<T>(content)),
                _ => new WatchEvent<T>.Changed(Read<T>(content)),
            };
        }
    }

    public async Task<T> CreateAsync<T>(T resource, WriteOptions options, CancellationToken cancellationToken)
        where T : IResource
    {
        await CallAsync<T>("create", cancellationToken);
        return Read<T>(store.Create(T.ResourceType, JsonSerializer.SerializeToNode(resource, KubernetesJson.Options)!.AsObject()));
    }

    public async Task<T> PatchAsync<T>(NamespacedName name, Patch patch, WriteOptions options, CancellationToken cancellationToken)
        where T : IResource
    {
        await CallAsync<T>("patch", cancellationToken);
        Assert.Equal(PatchType.Merge, patch.Type);
        return Read<T>(store.Patch(T.ResourceType, name, JsonNode.Parse(patch.Content.Span)!.AsObject()));
    }

    public Task<T> PatchStatusAsync<T>(NamespacedName name, Patch patch, WriteOptions options, CancellationToken cancellationToken)
        where T : IResource => PatchAsync<T>(name, patch, options, cancellationToken);

    public async Task DeleteAsync<T>(NamespacedName name, DeleteOptions options, CancellationToken cancellationToken)
        where T : IResource
    {
        await CallAsync<T>("delete", cancellationToken);
        store.Remove(T.ResourceType, name);
    }

    private static T Read<T>(JsonObject content) => content.Deserialize<T>(KubernetesJson.Options)!;

    private async Task CallAsync<T>(string verb, CancellationToken cancellationToken)
        where T : IResource
    {
        var call = $"{verb} {T.ResourceType.Plural}";
        Calls.Enqueue(call);
        cancellationToken.ThrowIfCancellationRequested();
        if (Before is { } before)
        {
            await before(call, cancellationToken);
        }
    }

    private sealed class Store
    {
        private readonly Lock gate = new();
        private readonly SortedDictionary<string, JsonObject> objects = new(StringComparer.Ordinal);
        private readonly List<(long Version, string Plural, string Type, JsonObject Content)> history = [];
        private long version = 100;
        private long compacted;
        private int openWatches;
        private TaskCompletionSource changed = New();
        private TaskCompletionSource ended = New();

        public int OpenWatches => Volatile.Read(ref openWatches);

        public JsonObject Get(ResourceType type, NamespacedName name)
        {
            lock (gate)
            {
                return objects.GetValueOrDefault(KeyOf(type, name)) ?? throw Error(HttpStatusCode.NotFound, "NotFound");
            }
        }

        public (List<JsonObject> Items, string Version, string? Continue) List(ResourceType type, int limit, string? token)
        {
            lock (gate)
            {
                var after = "";
                var at = version;
                if (token is not null)
                {
                    var parts = token.Split('|', 2);
                    at = long.Parse(parts[0]);
                    after = parts[1];
                    if (at < compacted)
                    {
                        throw Error(HttpStatusCode.Gone, "Expired");
                    }
                }

                var prefix = type.Plural + "/";
                var page = objects.Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(entry.Key, after) > 0)
                    .Take(limit).ToList();
                var more = page.Count == limit;
                return ([.. page.Select(entry => entry.Value)], at.ToString(), more ? $"{at}|{page[^1].Key}" : null);
            }
        }

        public async IAsyncEnumerable<(string Type, JsonObject Content)> WatchAsync(
            ResourceType type, string from, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            var position = long.Parse(from);
            Interlocked.Increment(ref openWatches);
            try
            {
                TaskCompletionSource end;
                lock (gate)
                {
                    end = ended;
                    if (position < compacted)
                    {
                        throw Error(HttpStatusCode.Gone, "Expired");
                    }
                }

                while (true)
                {
                    List<(long Version, string Plural, string Type, JsonObject Content)> news;
                    Task more;
                    lock (gate)
                    {
                        news = [.. history.Where(entry => entry.Version > position && entry.Plural == type.Plural || entry.Version > position && entry.Type == "BOOKMARK")];
                        more = changed.Task;
                    }

                    foreach (var entry in news)
                    {
                        position = entry.Version;
                        yield return (entry.Type, entry.Content);
                    }

                    if (news.Count > 0)
                    {
                        continue;
                    }

                    if (end.Task.IsCompleted)
                    {
                        await end.Task;
                        yield break;
                    }

                    await Task.WhenAny(more, end.Task).WaitAsync(cancellationToken);
                }
            }
            finally
            {
                Interlocked.Decrement(ref openWatches);
            }
        }

        public JsonObject Create(ResourceType type, JsonObject content)
        {
            lock (gate)
            {
                return objects.ContainsKey(KeyOf(type, content)) ? throw Error(HttpStatusCode.Conflict, "AlreadyExists") : Write(type, content);
            }
        }

        public JsonObject Patch(ResourceType type, NamespacedName name, JsonObject patch)
        {
            lock (gate)
            {
                var stored = Get(type, name);
                var condition = (string?)patch["metadata"]?["resourceVersion"];
                if (condition is not null && condition != (string?)stored["metadata"]!["resourceVersion"])
                {
                    throw Error(HttpStatusCode.Conflict, "Conflict");
                }

                return Write(type, Merge(stored.DeepClone().AsObject(), patch));
            }
        }

        public JsonObject Write(ResourceType type, JsonObject content)
        {
            lock (gate)
            {
                var stored = content.DeepClone().AsObject();
                stored["metadata"]!["resourceVersion"] = (++version).ToString();
                objects[KeyOf(type, stored)] = stored;
                Record(type.Plural, "MODIFIED", stored);
                return stored;
            }
        }

        public void Remove(ResourceType type, NamespacedName name)
        {
            lock (gate)
            {
                var stored = Get(type, name).DeepClone().AsObject();
                objects.Remove(KeyOf(type, name));
                stored["metadata"]!["resourceVersion"] = (++version).ToString();
                Record(type.Plural, "DELETED", stored);
            }
        }

        public void SendBookmark()
        {
            lock (gate)
            {
                version++;
                Record("", "BOOKMARK", new JsonObject { ["metadata"] = new JsonObject { ["resourceVersion"] = version.ToString() } });
            }
        }

        public void Compact()
        {
            lock (gate)
            {
                compacted = ++version;
                history.Clear();
            }
        }

        public void EndWatches(Exception? exception)
        {
            TaskCompletionSource end;
            lock (gate)
            {
                end = ended;
                ended = New();
            }

            if (exception is null)
            {
                end.SetResult();
            }
            else
            {
                end.SetException(exception);
                _ = end.Task.Exception;
            }
        }

        private void Record(string plural, string type, JsonObject content)
        {
            history.Add((version, plural, type, content));
            var waiting = changed;
            changed = New();
            waiting.SetResult();
        }

        private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

        private static string KeyOf(ResourceType type, NamespacedName name) => $"{type.Plural}/{name.Namespace}/{name.Name}";

        private static string KeyOf(ResourceType type, JsonObject content) => KeyOf(
            type, new NamespacedName((string?)content["metadata"]!["namespace"] ?? "", (string)content["metadata"]!["name"]!));

        private static KubernetesApiException Error(HttpStatusCode code, string reason) => new(code, reason, reason);

        private static JsonObject Merge(JsonObject target, JsonObject patch)
        {
            foreach (var (key, value) in patch)
            {
                if (value is null)
                {
                    target.Remove(key);
                }
                else
                {
                    target[key] = value is JsonObject inner ? Merge(target[key]?.DeepClone() as JsonObject ?? [], inner) : value.DeepClone();
                }
            }

            return target;
        }
    }
}
