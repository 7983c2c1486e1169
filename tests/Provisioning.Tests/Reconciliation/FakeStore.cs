using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Provisioning.Kubernetes;

namespace Provisioning.Tests.Reconciliation;

/// <summary>What a <see cref="FakeApi"/> keeps: objects, and their history for watches. Safe for concurrent use.</summary>
internal sealed class FakeStore
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
