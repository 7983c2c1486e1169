using System.Collections.Concurrent;
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
    private readonly FakeStore store;

    public FakeApi()
        : this(new FakeStore())
    {
    }

    private FakeApi(FakeStore store) => this.store = store;

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

    public async Task<T> GetAsync<T>(NamespacedName name, GetOptions options, CancellationToken cancellationToken)
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
}
