using System.Text.Json.Nodes;
using ControlPlane.Http;

namespace ControlPlane.Controllers;

/// <summary>Who owns whom, as far as it has been seen. Not safe for concurrent use.</summary>
internal sealed class OwnerGraph
{
    private readonly Dictionary<string, ObjectChange> _objects = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> _dependents = new(StringComparer.Ordinal);

    /// <summary>The object with the uid, or null when none was seen or it is gone.</summary>
    public ObjectChange? Find(string uid) => _objects.GetValueOrDefault(uid);

    /// <summary>The objects with an owner reference to the uid.</summary>
    public IReadOnlyList<ObjectChange> DependentsOf(string uid)
        => _dependents.TryGetValue(uid, out var dependents) ? [.. dependents.Select(d => _objects[d])] : [];

    /// <summary>Takes a change in.</summary>
    public void Observe(ObjectChange change)
    {
        var uid = UidOf(change.Object);
        if (_objects.Remove(uid, out var before))
        {
            foreach (var owner in OwnersOf(before.Object))
            {
                _dependents[owner["uid"].Text()!].Remove(uid);
            }
        }

        if (change.IsDeleted)
        {
            return;
        }

        _objects[uid] = change;
        foreach (var owner in OwnersOf(change.Object))
        {
            var ownerUid = owner["uid"].Text()!;
            if (!_dependents.TryGetValue(ownerUid, out var dependents))
            {
                _dependents[ownerUid] = dependents = new HashSet<string>(StringComparer.Ordinal);
            }

            dependents.Add(uid);
        }
    }

    /// <summary>The object's uid.</summary>
    public static string UidOf(JsonObject o) => o["metadata"]!["uid"].Text()!;

    /// <summary>The object's owner references.</summary>
    public static IReadOnlyList<JsonObject> OwnersOf(JsonObject o)
        => [.. (o["metadata"]!["ownerReferences"] as JsonArray ?? []).OfType<JsonObject>()];

    /// <summary>True when deletion was requested and the finalizer still holds the object.</summary>
    public static bool IsHeldBy(JsonObject o, string finalizer)
        => o["metadata"]!["deletionTimestamp"] is not null && o["metadata"]!["finalizers"].Texts().Contains(finalizer, StringComparer.Ordinal);
}
