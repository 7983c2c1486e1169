using System.Net;
using System.Text.Json.Nodes;
using ControlPlane.Client;
using ControlPlane.Http;

namespace ControlPlane.Controllers;

/// <summary>Deletes the content of a namespace that is being deleted and then lets the namespace go.</summary>
internal sealed class NamespaceFinalizer(ApiClient client, Func<IEnumerable<MonitoredResource>> resources)
{
    private readonly HashSet<string> _terminating = new(StringComparer.Ordinal);

    /// <summary>True while a namespace is not yet empty.</summary>
    public bool HasWork => _terminating.Count > 0;

    /// <summary>Takes a change in.</summary>
    public void Observe(ObjectChange change)
    {
        if (change.Resource is not { ApiVersion: "v1", Plural: "namespaces" })
        {
            return;
        }

        var name = change.Object["metadata"]!["name"].Text()!;
        if (!change.IsDeleted && change.Object["metadata"]!["deletionTimestamp"] is not null)
        {
            _terminating.Add(name);
        }
        else
        {
            _terminating.Remove(name);
        }
    }

    /// <summary>Tries every terminating namespace once.</summary>
    public async Task WorkAsync(CancellationToken cancellationToken)
    {
        foreach (var ns in _terminating.ToList())
        {
            if (await IsEmptiedAsync(ns, cancellationToken))
            {
                await FinalizeAsync(ns, cancellationToken);
                _terminating.Remove(ns);
            }
        }
    }

    private async Task<bool> IsEmptiedAsync(string ns, CancellationToken cancellationToken)
    {
        var events = new[] { new MonitoredResource("v1", "events", "Event", true) };
        var isEmpty = true;
        foreach (var resource in resources().Where(r => r.IsNamespaced).Concat(events).ToList())
        {
            var collection = resource.CollectionIn(ns);
            if (!await HasItemsAsync(collection, cancellationToken))
            {
                continue;
            }

            await client.SendAsync(HttpMethod.Delete, collection, null, cancellationToken);
            isEmpty &= !await HasItemsAsync(collection, cancellationToken);
        }

        return isEmpty;
    }

    private async Task<bool> HasItemsAsync(string collection, CancellationToken cancellationToken)
    {
        var answer = await client.SendAsync(HttpMethod.Get, $"{collection}?limit=1", null, cancellationToken);
        return answer.StatusCode == HttpStatusCode.OK
            ? answer.Body?["items"] is JsonArray { Count: > 0 }
            : answer.StatusCode != HttpStatusCode.NotFound;
    }

    private async Task FinalizeAsync(string ns, CancellationToken cancellationToken)
    {
        var current = await client.SendAsync(HttpMethod.Get, $"/api/v1/namespaces/{ns}", null, cancellationToken);
        if (current.StatusCode == HttpStatusCode.NotFound)
        {
            return;
        }

        var body = current.Required(ns);
        var finalizers = body["spec"]?["finalizers"].Texts().Where(f => f != "kubernetes").Select(f => (JsonNode?)JsonValue.Create(f)) ?? [];
        body.Child("spec")["finalizers"] = new JsonArray([.. finalizers]);
        await client.SendAsync(HttpMethod.Put, $"/api/v1/namespaces/{ns}/finalize", body, cancellationToken);
    }
}
