using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Provisioning.Kubernetes;

namespace Provisioning.Tests.ClusterDataSources;

/// <summary>
/// An API server in memory, as far as these controllers use it: resource versions with conflicts, generations, merge patches, the status
/// subresource, finalizers, and garbage collection by owner reference. The embedded control plane tests the rest, over HTTP.
/// </summary>
internal sealed class FakeKubernetes(Faults faults) : IKubernetesClient
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly Dictionary<(string Plural, NamespacedName Name), JsonObject> objects = [];
    private Dictionary<(string Plural, NamespacedName Name), JsonObject>? remembered;
    private long version;

    /// <summary>Verb, plural and name of every successful write since the last <see cref="ForgetWrites"/>.</summary>
    public List<string> Writes { get; } = [];

    /// <summary>How often each object was read.</summary>
    public List<string> Reads { get; } = [];

    /// <summary>Called before each request; may throw what the API server would answer.</summary>
    public Action<string, string, NamespacedName>? OnRequest { get; set; }

    public void ForgetWrites() => Writes.Clear();

    /// <summary>From now on its watch cache stands still: whom any version will do gets what is stored at this moment.</summary>
    public void StopRemembering() => remembered = objects.ToDictionary(entry => entry.Key, entry => (JsonObject)entry.Value.DeepClone());

    public Task<T> GetAsync<T>(NamespacedName name, GetOptions options, CancellationToken cancellationToken)
        where T : IResource
    {
        OnRequest?.Invoke("get", T.ResourceType.Plural, name);
        faults.Pass($"get {T.ResourceType.Plural} {name}");
        Reads.Add($"{T.ResourceType.Plural} {name}");
        return Task.FromResult(Read<T>(Stored<T>(name, options.AnyVersion ? remembered : null)));
    }

    /// <summary>The object, or null.</summary>
    public T? Find<T>(string inNamespace, string name)
        where T : class, IResource =>
        objects.TryGetValue((T.ResourceType.Plural, new NamespacedName(inNamespace, name)), out var stored) ? Read<T>(stored) : null;

    public IReadOnlyList<T> All<T>()
        where T : class, IResource =>
        [.. objects.Where(entry => entry.Key.Plural == T.ResourceType.Plural).Select(entry => Read<T>(entry.Value))];

    public Task<ResourcePage<T>> ListAsync<T>(ListOptions options, CancellationToken cancellationToken)
        where T : IResource =>
        throw new NotSupportedException("The controllers read by name.");

    public IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(WatchOptions options, CancellationToken cancellationToken)
        where T : IResource =>
        throw new NotSupportedException("The controllers do not watch by themselves.");

    public Task<T> CreateAsync<T>(T resource, WriteOptions options, CancellationToken cancellationToken)
        where T : IResource
    {
        var name = new NamespacedName(resource.Metadata.Namespace ?? "", resource.Metadata.Name!);
        OnRequest?.Invoke("create", T.ResourceType.Plural, name);
        faults.Pass($"before create {T.ResourceType.Plural} {name}");
        if (objects.ContainsKey((T.ResourceType.Plural, name)))
        {
            throw new KubernetesApiException(HttpStatusCode.Conflict, "AlreadyExists", $"{T.ResourceType.Plural} \"{name.Name}\" already exists");
        }

        var stored = Put(resource);
        Writes.Add($"create {T.ResourceType.Plural} {name}");
        faults.Pass($"after create {T.ResourceType.Plural} {name}");
        return Task.FromResult(Read<T>(stored));
    }

    /// <summary>Stores an object as if a user had created it.</summary>
    public JsonObject Put<T>(T resource)
        where T : IResource
    {
        var stored = (JsonObject)JsonSerializer.SerializeToNode(resource, resource.GetType(), Json)!;
        var metadata = (JsonObject)stored["metadata"]!;
        metadata["uid"] ??= Guid.NewGuid().ToString();
        metadata["generation"] = 1L;
        Stamp(stored);
        objects[(T.ResourceType.Plural, new NamespacedName(resource.Metadata.Namespace ?? "", resource.Metadata.Name!))] = stored;
        return stored;
    }

    public Task<T> PatchAsync<T>(NamespacedName name, Patch patch, WriteOptions options, CancellationToken cancellationToken)
        where T : IResource =>
        ChangeAsync<T>("patch", name, patch, isStatus: false);

    public Task<T> PatchStatusAsync<T>(NamespacedName name, Patch patch, WriteOptions options, CancellationToken cancellationToken)
        where T : IResource =>
        ChangeAsync<T>("patch status of", name, patch, isStatus: true);

    public Task DeleteAsync<T>(NamespacedName name, DeleteOptions options, CancellationToken cancellationToken)
        where T : IResource
    {
        OnRequest?.Invoke("delete", T.ResourceType.Plural, name);
        faults.Pass($"before delete {T.ResourceType.Plural} {name}");
        var stored = Stored<T>(name);
        if (options.Uid is { } uid && uid != (string?)stored["metadata"]!["uid"])
        {
            throw Conflict();
        }

        Remove(T.ResourceType.Plural, name);
        Writes.Add($"delete {T.ResourceType.Plural} {name}");
        faults.Pass($"after delete {T.ResourceType.Plural} {name}");
        return Task.CompletedTask;
    }

    /// <summary>Deletes as a user would: with a finalizer the object is only marked.</summary>
    public void Remove(string plural, NamespacedName name)
    {
        var stored = objects[(plural, name)];
        if (stored["metadata"]!["finalizers"] is JsonArray { Count: > 0 })
        {
            stored["metadata"]!["deletionTimestamp"] ??= "2026-01-01T00:00:00Z";
            Stamp(stored);
            return;
        }

        objects.Remove((plural, name));
        CollectGarbage((string)stored["metadata"]!["uid"]!);
    }

    /// <summary>Changes an object as a user would, with a merge patch.</summary>
    public void Edit<T>(string inNamespace, string name, JsonObject patch)
        where T : IResource
    {
        var stored = objects[(T.ResourceType.Plural, new NamespacedName(inNamespace, name))];
        var spec = stored["spec"]?.ToJsonString();
        Merge(stored, patch);
        if (stored["spec"]?.ToJsonString() != spec)
        {
            stored["metadata"]!["generation"] = (long)stored["metadata"]!["generation"]! + 1;
        }

        Stamp(stored);
    }

    private Task<T> ChangeAsync<T>(string verb, NamespacedName name, Patch patch, bool isStatus)
        where T : IResource
    {
        OnRequest?.Invoke(verb, T.ResourceType.Plural, name);
        faults.Pass($"before {verb} {T.ResourceType.Plural} {name}");
        Assert.Equal(PatchType.Merge, patch.Type);
        var stored = Stored<T>(name);
        var content = (JsonObject)JsonNode.Parse(patch.Content.Span)!;
        if (content["metadata"]?["resourceVersion"] is { } expected && (string?)expected != (string?)stored["metadata"]!["resourceVersion"])
        {
            throw Conflict();
        }

        Assert.All(content, field => Assert.True(field.Key == "metadata" || isStatus == (field.Key == "status"), field.Key));
        Edit<T>(name.Namespace, name.Name, content);
        Writes.Add($"{verb} {T.ResourceType.Plural} {name}");
        if (stored["metadata"]!["deletionTimestamp"] is not null && stored["metadata"]!["finalizers"] is not JsonArray { Count: > 0 })
        {
            Remove(T.ResourceType.Plural, name);
        }

        faults.Pass($"after {verb} {T.ResourceType.Plural} {name}");
        return Task.FromResult(Read<T>(stored));
    }

    private void CollectGarbage(string ownerUid)
    {
        var dependents = objects
            .Where(entry => entry.Value["metadata"]!["ownerReferences"] is JsonArray owners && owners.Any(owner => (string?)owner!["uid"] == ownerUid))
            .Select(entry => entry.Key).ToList();
        foreach (var (plural, name) in dependents)
        {
            Remove(plural, name);
        }
    }

    private JsonObject Stored<T>(NamespacedName name, Dictionary<(string Plural, NamespacedName Name), JsonObject>? among = null)
        where T : IResource =>
        (among ?? objects).GetValueOrDefault((T.ResourceType.Plural, name))
        ?? throw new KubernetesApiException(HttpStatusCode.NotFound, "NotFound", $"{T.ResourceType.Plural} \"{name.Name}\" not found");

    private void Stamp(JsonObject stored) => stored["metadata"]!["resourceVersion"] = (++version).ToString();

    private static T Read<T>(JsonObject stored) => stored.Deserialize<T>(Json)!;

    private static KubernetesApiException Conflict() => new(HttpStatusCode.Conflict, "Conflict", "the object has been modified");

    private static void Merge(JsonObject target, JsonObject patch)
    {
        foreach (var (key, value) in patch.ToList())
        {
            if (value is null)
            {
                target.Remove(key);
            }
            else if (value is JsonObject inner)
            {
                if (target[key] is not JsonObject existing)
                {
                    target[key] = existing = [];
                }

                Merge(existing, inner);
            }
            else
            {
                target[key] = value.DeepClone();
            }
        }
    }
}
