using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using ControlPlane.Client;
using ControlPlane.Http;

namespace ControlPlane.Controllers;

/// <summary>Something happened to an object.</summary>
/// <param name="Resource">Where its kind is served.</param>
/// <param name="Object">The object; the last form of a deleted one.</param>
/// <param name="IsDeleted">True once it is gone.</param>
internal sealed record ObjectChange(MonitoredResource Resource, JsonObject Object, bool IsDeleted);

/// <summary>A kind that the controllers follow.</summary>
/// <param name="ApiVersion"><c>group/version</c>, or <c>v1</c>.</param>
/// <param name="Plural">The path segment.</param>
/// <param name="Kind">The kind of one object.</param>
/// <param name="IsNamespaced">False for cluster-scoped kinds.</param>
internal sealed record MonitoredResource(string ApiVersion, string Plural, string Kind, bool IsNamespaced)
{
    /// <summary>The path of all objects, over all namespaces.</summary>
    public string Collection => $"{Prefix}/{Plural}";

    private string Prefix => ApiVersion.Contains('/', StringComparison.Ordinal) ? $"/apis/{ApiVersion}" : $"/api/{ApiVersion}";

    /// <summary>The path of the objects of a namespace.</summary>
    public string CollectionIn(string? ns) => string.IsNullOrEmpty(ns) ? Collection : $"{Prefix}/namespaces/{ns}/{Plural}";

    /// <summary>The path of one object.</summary>
    public string PathOf(JsonObject o) => $"{CollectionIn(o["metadata"]?["namespace"].Text())}/{o["metadata"]?["name"].Text()}";
}

/// <summary>Lists and watches one kind for as long as it is served and writes every change to a channel.</summary>
internal sealed class ResourceMonitor(
    ApiClient client, MonitoredResource resource, ChannelWriter<ObjectChange> changes, TimeProvider timeProvider)
{
    private readonly Dictionary<string, JsonObject> _known = new(StringComparer.Ordinal);

    /// <summary>Runs until cancelled; every failure of the API server is tried again.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        string? resourceVersion = null;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                resourceVersion = await WatchAsync(resourceVersion ?? await ListAsync(cancellationToken), cancellationToken);
                if (resourceVersion is not null)
                {
                    continue;
                }
            }
            catch (Exception e) when (e is HttpRequestException or IOException or InvalidOperationException or JsonException)
            {
                // The API server restarts, or the kind is not served yet or any more: the pause below is all there is to do.
                resourceVersion = null;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), timeProvider, cancellationToken);
        }
    }

    private async Task<string> ListAsync(CancellationToken cancellationToken)
    {
        var list = (await client.SendAsync(HttpMethod.Get, resource.Collection, null, cancellationToken)).Required(resource.Collection);
        var present = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in list["items"] as JsonArray ?? [])
        {
            var o = item!.AsObject();
            present.Add(Uid(o));
            Remember(o);
        }

        foreach (var (uid, o) in _known.Where(k => !present.Contains(k.Key)).ToList())
        {
            _known.Remove(uid);
            changes.TryWrite(new ObjectChange(resource, o, true));
        }

        return list["metadata"]!["resourceVersion"].Text()!;
    }

    /// <summary>Returns where to go on from; null means: list again.</summary>
    private async Task<string?> WatchAsync(string resourceVersion, CancellationToken cancellationToken)
    {
        var path = $"{resource.Collection}?watch=true&allowWatchBookmarks=true&resourceVersion={resourceVersion}";
        using var response = await client.OpenAsync(path, "application/json", cancellationToken);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            return null;
        }

        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken), Encoding.UTF8);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            var change = Json.Parse(Encoding.UTF8.GetBytes(line))!.AsObject();
            var o = change["object"]!.AsObject();
            switch (change["type"].Text())
            {
                case "ERROR":
                    return null;
                case "DELETED":
                    _known.Remove(Uid(o));
                    changes.TryWrite(new ObjectChange(resource, o, true));
                    break;
                case "ADDED" or "MODIFIED":
                    Remember(o);
                    break;
            }

            resourceVersion = o["metadata"]!["resourceVersion"].Text()!;
        }

        return resourceVersion;
    }

    private void Remember(JsonObject o)
    {
        _known[Uid(o)] = o;
        changes.TryWrite(new ObjectChange(resource, o, false));
    }

    private static string Uid(JsonObject o) => o["metadata"]!["uid"].Text()!;
}
