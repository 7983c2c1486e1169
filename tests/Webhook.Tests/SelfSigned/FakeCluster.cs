using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Provisioning.Kubernetes;
using Provisioning.Resources;
using Webhook.SelfSigned;

namespace Webhook.Tests.SelfSigned;

/// <summary>One Secret and two webhook configurations, with resource versions and conflicts as the API server has them.</summary>
internal sealed class FakeCluster : IKubernetesClient
{
    public static readonly NamespacedName SecretName = new("ns", "tls");
    public static readonly NamespacedName Configuration = new("", "hooks");
    private readonly Dictionary<(Type, NamespacedName), JsonObject> objects = [];
    private int version;

    public FakeCluster()
    {
        Put<ValidatingWebhookConfiguration>("a", "b");
        Put<MutatingWebhookConfiguration>("c");
    }

    /// <summary>Runs before each request with "verb Kind"; may throw, or change something as another client would.</summary>
    public Action<string>? OnRequest { get; set; }

    /// <summary>Writes so far.</summary>
    public List<string> Writes { get; } = [];

    /// <summary>The Secret's data; null: there is none.</summary>
    public IReadOnlyDictionary<string, byte[]>? Data =>
        objects.TryGetValue((typeof(Secret), SecretName), out var secret) ? secret.Deserialize<Secret>(KubernetesJson.Options)!.Data : null;

    /// <summary>The bundle of every webhook.</summary>
    public IReadOnlyList<string> Bundles =>
    [
        .. Entries().Select(webhook =>
            Encoding.UTF8.GetString(Convert.FromBase64String(webhook["clientConfig"]!["caBundle"]?.GetValue<string>() ?? ""))),
    ];

    public void DeleteSecret() => objects.Remove((typeof(Secret), SecretName));

    public void DeleteConfiguration<T>() => objects.Remove((typeof(T), Configuration));

    /// <summary>Changes one key of the Secret's data; null removes it.</summary>
    public void ChangeSecret(string key, string? value)
    {
        var secret = objects[(typeof(Secret), SecretName)];
        secret["data"]![key] = value is null ? null : Convert.ToBase64String(Encoding.UTF8.GetBytes(value));
        Stamp(secret);
    }

    /// <summary>Writes every bundle; null removes it.</summary>
    public void ChangeBundles(string? value)
    {
        foreach (var webhook in Entries())
        {
            webhook["clientConfig"]!["caBundle"] = value is null ? null : Convert.ToBase64String(Encoding.UTF8.GetBytes(value));
        }

        Stamp(objects[(typeof(ValidatingWebhookConfiguration), Configuration)]);
        Stamp(objects[(typeof(MutatingWebhookConfiguration), Configuration)]);
    }

    public void Annotate<T>(string key) =>
        objects[(typeof(T), Configuration)]["metadata"]!["annotations"] = new JsonObject { [key] = "x" };

    public Task<T> GetAsync<T>(NamespacedName name, GetOptions options, CancellationToken cancellationToken)
        where T : IResource
    {
        OnRequest?.Invoke($"get {T.ResourceType.Kind}");
        return Task.FromResult(Find<T>(name).Deserialize<T>(KubernetesJson.Options)!);
    }

    public Task<T> CreateAsync<T>(T resource, WriteOptions options, CancellationToken cancellationToken)
        where T : IResource
    {
        OnRequest?.Invoke($"create {T.ResourceType.Kind}");
        var name = new NamespacedName(resource.Metadata.Namespace!, resource.Metadata.Name!);
        if (objects.ContainsKey((typeof(T), name)))
        {
            throw new KubernetesApiException(HttpStatusCode.Conflict, "AlreadyExists", $"{name} already exists");
        }

        var stored = (JsonObject)JsonSerializer.SerializeToNode(resource, KubernetesJson.Options)!;
        objects[(typeof(T), name)] = stored;
        return Stored<T>("create", stored);
    }

    public Task<T> PatchAsync<T>(NamespacedName name, Patch patch, WriteOptions options, CancellationToken cancellationToken)
        where T : IResource
    {
        OnRequest?.Invoke($"patch {T.ResourceType.Kind}");
        var stored = Find<T>(name);
        var content = (JsonObject)JsonNode.Parse(patch.Content.Span)!;
        if (content["metadata"]!["resourceVersion"]!.GetValue<string>() != stored["metadata"]!["resourceVersion"]!.GetValue<string>())
        {
            throw new KubernetesApiException(HttpStatusCode.Conflict, "Conflict", "the object has been modified");
        }

        if (patch.Type == PatchType.Merge)
        {
            foreach (var (key, value) in content["data"]!.AsObject())
            {
                stored["data"]![key] = value?.DeepClone();
            }
        }
        else
        {
            Assert.Equal(PatchType.StrategicMerge, patch.Type);
            foreach (var entry in content["webhooks"]!.AsArray())
            {
                var webhook = stored["webhooks"]!.AsArray().Single(candidate => candidate!["name"]!.GetValue<string>() == entry!["name"]!.GetValue<string>());
                webhook!["clientConfig"]!["caBundle"] = entry!["clientConfig"]!["caBundle"]!.DeepClone();
            }
        }

        return Stored<T>("patch", stored);
    }

    public Task<ResourcePage<T>> ListAsync<T>(ListOptions options, CancellationToken cancellationToken)
        where T : IResource => throw new NotSupportedException();

    public IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(WatchOptions options, CancellationToken cancellationToken)
        where T : IResource => throw new NotSupportedException();

    public Task<T> PatchStatusAsync<T>(NamespacedName name, Patch patch, WriteOptions options, CancellationToken cancellationToken)
        where T : IResource => throw new NotSupportedException();

    public Task DeleteAsync<T>(NamespacedName name, DeleteOptions options, CancellationToken cancellationToken)
        where T : IResource => throw new NotSupportedException();

    private IEnumerable<JsonNode> Entries() =>
        objects.Where(entry => entry.Key.Item2 == Configuration).SelectMany(entry => entry.Value["webhooks"]!.AsArray()).Select(webhook => webhook!);

    private void Put<T>(params string[] webhooks)
    {
        var configuration = new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = Configuration.Name },
            ["webhooks"] = new JsonArray([.. webhooks.Select(name => new JsonObject { ["name"] = name, ["clientConfig"] = new JsonObject() })]),
        };
        Stamp(configuration);
        objects[(typeof(T), Configuration)] = configuration;
    }

    private JsonObject Find<T>(NamespacedName name) =>
        objects.GetValueOrDefault((typeof(T), name)) ?? throw new KubernetesApiException(HttpStatusCode.NotFound, "NotFound", $"{name} not found");

    private Task<T> Stored<T>(string verb, JsonObject stored)
        where T : IResource
    {
        Writes.Add($"{verb} {T.ResourceType.Kind}");
        Stamp(stored);
        return Task.FromResult(stored.Deserialize<T>(KubernetesJson.Options)!);
    }

    private void Stamp(JsonObject stored) => stored["metadata"]!["resourceVersion"] = (++version).ToString();
}
