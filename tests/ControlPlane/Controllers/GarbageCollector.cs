using System.Net;
using System.Text.Json.Nodes;
using ControlPlane.Client;
using ControlPlane.Http;

namespace ControlPlane.Controllers;

/// <summary>
/// Deletes what has lost all its owners, and finishes the foreground and orphan policies (Kubernetes documentation, "Garbage Collection").
/// </summary>
internal sealed class GarbageCollector(ApiClient client, OwnerGraph graph, Func<IEnumerable<MonitoredResource>> resources)
{
    private const string Foreground = "foregroundDeletion";
    private const string Orphan = "orphan";
    private readonly HashSet<string> _queue = new(StringComparer.Ordinal);

    /// <summary>True while something is left to try again.</summary>
    public bool HasWork => _queue.Count > 0;

    /// <summary>Takes a change in and queues what it may concern.</summary>
    public void Observe(ObjectChange change)
    {
        var uid = OwnerGraph.UidOf(change.Object);
        graph.Observe(change);
        foreach (var dependent in graph.DependentsOf(uid))
        {
            _queue.Add(OwnerGraph.UidOf(dependent.Object));
        }

        foreach (var owner in OwnerGraph.OwnersOf(change.Object).Where(_ => change.IsDeleted))
        {
            _queue.Add(owner["uid"].Text()!);
        }

        if (!change.IsDeleted)
        {
            _queue.Add(uid);
        }
    }

    /// <summary>Works the queue off once; what could not be finished stays in it.</summary>
    public async Task WorkAsync(CancellationToken cancellationToken)
    {
        foreach (var uid in _queue.ToList())
        {
            if (graph.Find(uid) is not { } change || await TryFinishAsync(change, cancellationToken))
            {
                _queue.Remove(uid);
            }
        }
    }

    private async Task<bool> TryFinishAsync(ObjectChange change, CancellationToken cancellationToken)
    {
        var uid = OwnerGraph.UidOf(change.Object);
        if (OwnerGraph.IsHeldBy(change.Object, Orphan))
        {
            return await AreOrphanedAsync(uid, cancellationToken) && await RemoveFinalizerAsync(change, Orphan, cancellationToken);
        }

        if (OwnerGraph.IsHeldBy(change.Object, Foreground))
        {
            var blocking = graph.DependentsOf(uid).Where(d => OwnerGraph.OwnersOf(d.Object)
                .Any(o => o["uid"].Text() == uid && o["blockOwnerDeletion"].IsTrue()));
            // With blocking dependents there is nothing to do yet: the DELETED event of each queues this owner again.
            return blocking.Any() || await RemoveFinalizerAsync(change, Foreground, cancellationToken);
        }

        var owners = OwnerGraph.OwnersOf(change.Object);
        if (owners.Count == 0 || change.Object["metadata"]!["deletionTimestamp"] is not null)
        {
            return true;
        }

        foreach (var owner in owners)
        {
            if (await ExistsAsync(change, owner, cancellationToken))
            {
                return true;
            }
        }

        var options = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "DeleteOptions",
            ["propagationPolicy"] = "Background",

            // What it says of its owners may have changed since: then its next event brings it back here.
            ["preconditions"] = new JsonObject { ["uid"] = uid, ["resourceVersion"] = change.Object["metadata"]!["resourceVersion"].Text() },
        };
        var answer = await client.SendAsync(HttpMethod.Delete, change.Resource.PathOf(change.Object), options, cancellationToken);
        return (int)answer.StatusCode < 300 || answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Conflict;
    }

    /// <summary>True while the owner stands in the way of collection: it exists, and is not itself waiting for its dependents to go.</summary>
    private async Task<bool> ExistsAsync(ObjectChange dependent, JsonObject owner, CancellationToken cancellationToken)
    {
        if (graph.Find(owner["uid"].Text()!) is { } known)
        {
            return !OwnerGraph.IsHeldBy(known.Object, Foreground);
        }

        var resource = resources().FirstOrDefault(r => r.ApiVersion == owner["apiVersion"].Text() && r.Kind == owner["kind"].Text());
        if (resource is null)
        {
            // A kind that nobody serves: kube-controller-manager does not dare to delete then either.
            return true;
        }

        var ns = resource.IsNamespaced ? dependent.Object["metadata"]!["namespace"].Text() : null;
        var answer = await client.SendAsync(
            HttpMethod.Get, $"{resource.CollectionIn(ns)}/{owner["name"].Text()}", null, cancellationToken);
        return answer.StatusCode == HttpStatusCode.OK
            ? answer.Body?["metadata"]?["uid"].Text() == owner["uid"].Text()
            : answer.StatusCode != HttpStatusCode.NotFound;
    }

    /// <summary>Takes the owner from all that is stored, as the watch of a dependent may be behind that of its owner; false: try again.</summary>
    private async Task<bool> AreOrphanedAsync(string uid, CancellationToken cancellationToken)
    {
        var areDone = true;
        foreach (var resource in resources())
        {
            var list = await client.SendAsync(HttpMethod.Get, resource.Collection, null, cancellationToken);
            foreach (var item in (list.Body?["items"] as JsonArray ?? []).Select(item => item!.AsObject()).Where(item => OwnerGraph.OwnersOf(item).Any(o => o["uid"].Text() == uid)))
            {
                areDone &= await RemoveOwnerAsync(new ObjectChange(resource, item, false), uid, cancellationToken);
            }
        }

        return areDone;
    }

    private Task<bool> RemoveOwnerAsync(ObjectChange dependent, string uid, CancellationToken cancellationToken)
    {
        var owners = OwnerGraph.OwnersOf(dependent.Object).Where(o => o["uid"].Text() != uid).Select(o => o.DeepClone());
        return PatchMetadataAsync(dependent, "ownerReferences", new JsonArray([.. owners]), cancellationToken);
    }

    private async Task<bool> RemoveFinalizerAsync(ObjectChange change, string finalizer, CancellationToken cancellationToken)
    {
        var rest = change.Object["metadata"]!["finalizers"].Texts().Where(f => f != finalizer).Select(f => (JsonNode?)JsonValue.Create(f));
        return await PatchMetadataAsync(change, "finalizers", new JsonArray([.. rest]), cancellationToken);
    }

    private async Task<bool> PatchMetadataAsync(ObjectChange change, string field, JsonArray value, CancellationToken cancellationToken)
    {
        var metadata = change.Object["metadata"]!;
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                [field] = value,
                ["uid"] = metadata["uid"].Text(),
                ["resourceVersion"] = metadata["resourceVersion"].Text(),
            },
        };
        var answer = await client.SendAsync(
            HttpMethod.Patch, change.Resource.PathOf(change.Object), patch, cancellationToken, "application/merge-patch+json");
        return (int)answer.StatusCode < 300 || answer.StatusCode == HttpStatusCode.NotFound;
    }
}
