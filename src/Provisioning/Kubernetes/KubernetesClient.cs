using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Provisioning.Kubernetes;

/// <summary>The Kubernetes API over HTTP.</summary>
internal sealed class KubernetesClient(KubernetesTransport transport) : IKubernetesClient
{
    // How much longer than the server was asked to keep a watch open we wait for it to end it.
    private static readonly TimeSpan WatchGrace = TimeSpan.FromSeconds(30);

    public Task<T> GetAsync<T>(NamespacedName name, GetOptions options, CancellationToken cancellationToken)
        where T : IResource =>
        SendAsync<T>(
            new ApiRequest(HttpMethod.Get, RequestPath.Object(T.ResourceType, name).Query("resourceVersion", options.AnyVersion ? "0" : null).ToString()),
            cancellationToken);

    public async Task<ResourcePage<T>> ListAsync<T>(ListOptions options, CancellationToken cancellationToken)
        where T : IResource
    {
        var path = RequestPath.Collection(T.ResourceType, options.Namespace)
            .Query("limit", options.Limit)
            .Query("continue", options.Continue)
            .Query("labelSelector", options.LabelSelector);
        var list = await SendAsync<ResourceList<T>>(new ApiRequest(HttpMethod.Get, path.ToString()), cancellationToken);
        return new ResourcePage<T>(
            list.Items ?? [],
            list.Metadata?.ResourceVersion ?? "",
            string.IsNullOrEmpty(list.Metadata?.Continue) ? null : list.Metadata.Continue);
    }

    public async IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(
        WatchOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : IResource
    {
        var path = RequestPath.Collection(T.ResourceType, options.Namespace)
            .Query("watch", "true")
            .Query("allowWatchBookmarks", "true")
            .Query("resourceVersion", options.ResourceVersion)
            .Query("labelSelector", options.LabelSelector)
            .Query("timeoutSeconds", options.Timeout is { } timeout ? (int)Math.Ceiling(timeout.TotalSeconds) : null);
        using var deadline = options.Timeout is { } open
            ? new CancellationTokenSource(open + WatchGrace, transport.Time)
            : new CancellationTokenSource();
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        using var response = await transport.OpenAsync(new ApiRequest(HttpMethod.Get, path.ToString()), both.Token);
        await using var body = await response.Content.ReadAsStreamAsync(both.Token);
        await using var events = WatchReader.ReadAsync<T>(body, both.Token).GetAsyncEnumerator(both.Token);
        while (await MoveNextAsync())
        {
            yield return events.Current;
        }

        async ValueTask<bool> MoveNextAsync()
        {
            try
            {
                return await events.MoveNextAsync();
            }
            catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
            {
                throw new IOException("The API server did not end the watch when it was asked to: the connection may be dead.", exception);
            }
        }
    }

    public Task<T> CreateAsync<T>(T resource, WriteOptions options, CancellationToken cancellationToken)
        where T : IResource
    {
        var path = WithWriteOptions(RequestPath.Collection(T.ResourceType, resource.Metadata.Namespace), options);
        return SendAsync<T>(new ApiRequest(HttpMethod.Post, path.ToString()) { Body = KubernetesJson.ToBody(resource) }, cancellationToken);
    }

    public Task<T> PatchAsync<T>(NamespacedName name, Patch patch, WriteOptions options, CancellationToken cancellationToken)
        where T : IResource =>
        PatchAsync<T>(RequestPath.Object(T.ResourceType, name), patch, options, cancellationToken);

    public Task<T> PatchStatusAsync<T>(NamespacedName name, Patch patch, WriteOptions options, CancellationToken cancellationToken)
        where T : IResource =>
        PatchAsync<T>(RequestPath.Object(T.ResourceType, name).Segment("status"), patch, options, cancellationToken);

    public Task DeleteAsync<T>(NamespacedName name, DeleteOptions options, CancellationToken cancellationToken)
        where T : IResource
    {
        var body = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "DeleteOptions" };
        if (options.Uid is not null || options.ResourceVersion is not null)
        {
            var preconditions = new JsonObject();
            SetUnlessNull(preconditions, "uid", options.Uid);
            SetUnlessNull(preconditions, "resourceVersion", options.ResourceVersion);
            body["preconditions"] = preconditions;
        }

        SetUnlessNull(body, "propagationPolicy", options.PropagationPolicy);
        var request = new ApiRequest(HttpMethod.Delete, RequestPath.Object(T.ResourceType, name).ToString())
        {
            Body = JsonSerializer.SerializeToUtf8Bytes(body, KubernetesJson.Options),
        };
        return transport.SendAsync(request, (_, _) => Task.FromResult(true), cancellationToken);
    }

    /// <summary>Asks the API server for its version: the cheapest question that every authenticated client may ask.</summary>
    public async Task<string> GetServerVersionAsync(CancellationToken cancellationToken)
    {
        var answer = await SendAsync<JsonObject>(new ApiRequest(HttpMethod.Get, "/version"), cancellationToken);
        return answer["gitVersion"]?.ToString() ?? "";
    }

    private static void SetUnlessNull(JsonObject target, string key, string? value)
    {
        if (value is not null)
        {
            target[key] = value;
        }
    }

    private static RequestPath WithWriteOptions(RequestPath path, WriteOptions options) =>
        path.Query("fieldManager", options.FieldManager).Query("dryRun", options.DryRun ? "All" : null);

    private Task<T> PatchAsync<T>(RequestPath path, Patch patch, WriteOptions options, CancellationToken cancellationToken)
    {
        var target = WithWriteOptions(path, options).Query("force", patch is { Type: PatchType.Apply, Force: true } ? "true" : null);
        var request = new ApiRequest(HttpMethod.Patch, target.ToString())
        {
            Body = patch.Content,
            ContentType = patch.Type switch
            {
                PatchType.Json => "application/json-patch+json",
                PatchType.Merge => "application/merge-patch+json",
                PatchType.StrategicMerge => "application/strategic-merge-patch+json",
                PatchType.Apply => "application/apply-patch+yaml",
                _ => throw new ArgumentOutOfRangeException(nameof(patch)),
            },
        };
        return SendAsync<T>(request, cancellationToken);
    }

    private Task<T> SendAsync<T>(ApiRequest request, CancellationToken cancellationToken) =>
        transport.SendAsync(request, ReadAsync<T>, cancellationToken);

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            return await JsonSerializer.DeserializeAsync<T>(body, KubernetesJson.Options, cancellationToken)
                ?? throw new JsonException("null");
        }
        catch (JsonException exception)
        {
            // The exception's own text names a path in the answer, never a value of it.
            throw new KubernetesApiException(
                response.StatusCode, "Unreadable", $"The API server's answer is not a {typeof(T).Name} at {exception.Path ?? "its root"}.");
        }
    }
}

/// <summary>A list as the API sends it.</summary>
internal sealed record ResourceList<T>
{
    public ListMeta? Metadata { get; init; }

    public IReadOnlyList<T>? Items { get; init; }
}

/// <summary>The fields of <c>meta/v1 ListMeta</c> that we read.</summary>
internal sealed record ListMeta
{
    public string? ResourceVersion { get; init; }

    public string? Continue { get; init; }
}
