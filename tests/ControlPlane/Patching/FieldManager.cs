using System.Text.Json.Nodes;
using ControlPlane.Http;
using ControlPlane.Resources;

namespace ControlPlane.Patching;

/// <summary>Who writes: the identity of an entry of <c>managedFields</c>.</summary>
/// <param name="Name">The manager's name.</param>
/// <param name="Operation"><c>Apply</c> or <c>Update</c>.</param>
/// <param name="ApiVersion">The version that the fields are named in.</param>
/// <param name="Subresource">Empty for the object itself.</param>
internal readonly record struct ManagerIdentity(string Name, string Operation, string ApiVersion, string Subresource);

/// <summary>
/// Keeps <c>metadata.managedFields</c> and carries server-side apply out (Kubernetes API concepts, "Server-Side Apply").
/// </summary>
internal sealed class FieldManager(ResourceDefinition resource, TimeProvider timeProvider)
{
    private static readonly string[] ServerFields =
    [
        "name", "namespace", "creationTimestamp", "selfLink", "uid", "resourceVersion", "generation", "managedFields", "clusterName",
        "deletionTimestamp", "deletionGracePeriodSeconds",
    ];

    /// <summary>Records a create, update or patch: what changed belongs to the manager and to nobody else.</summary>
    /// <param name="old">The object before; null for a create.</param>
    /// <param name="now">The object after; its managedFields are set.</param>
    /// <param name="manager">Who wrote.</param>
    public void Update(JsonObject? old, JsonObject now, ManagerIdentity manager)
    {
        // An empty list from a client asks for a fresh start; a missing one changes nothing.
        var managers = now["metadata"]!["managedFields"] is JsonArray { Count: 0 } && old is not null
            ? new ManagedFields([])
            : ManagedFields.Of(old);
        var changed = new FieldSet();
        var removed = new FieldSet();
        FieldPaths.Compare(old ?? [], now, resource.Schema, changed, removed);
        Strip(changed, manager.Subresource);
        managers.TakeAway(removed, null);
        managers.TakeAway(changed, manager);
        managers.Add(manager, changed, timeProvider.GetUtcNow());
        managers.Write(now);
    }

    /// <summary>Merges an applied intent into the object and returns the result.</summary>
    /// <exception cref="ApiException">409: another manager owns what the intent sets differently.</exception>
    public JsonObject Apply(JsonObject live, JsonObject intent, ManagerIdentity manager, bool force)
    {
        (intent["metadata"] as JsonObject)?.Remove("managedFields");
        var claimed = FieldPaths.Of(intent, resource.Schema);
        Strip(claimed, manager.Subresource);
        var managers = ManagedFields.Of(live);
        var merged = (JsonObject)ApplyMerge.Merge(live, intent, resource.Schema)!;
        var changed = new FieldSet();
        FieldPaths.Compare(live, merged, resource.Schema, changed, new FieldSet());
        var conflicts = managers.ConflictsWith(changed.Intersect(claimed), manager);
        if (conflicts.Count > 0 && !force)
        {
            throw Conflict(conflicts);
        }

        managers.TakeAway(changed.Intersect(claimed), manager);
        var given = managers.Find(manager)?.Except(claimed) ?? new FieldSet();
        managers.Set(manager, claimed, timeProvider.GetUtcNow());
        // What this manager applied before and applies no more goes, unless somebody else owns it too.
        var abandoned = managers.NotOwned(given);
        ApplyMerge.Remove(merged, abandoned, resource.Schema);
        managers.TakeAway(abandoned, null);
        managers.Write(merged);
        return merged;
    }

    private static ApiException Conflict(IReadOnlyList<(ManagerIdentity Manager, string Path)> conflicts)
    {
        var causes = conflicts.Select(c => (Text: $"conflict with \"{c.Manager.Name}\"{Using(c.Manager)}", c.Path)).ToList();
        var byManager = causes.GroupBy(c => c.Text, StringComparer.Ordinal).ToList();
        var message = causes.Count == 1
            ? $"Apply failed with 1 conflict: {causes[0].Text}: {causes[0].Path}"
            : $"Apply failed with {causes.Count} conflicts: " + string.Join('\n', byManager.Select(
                g => g.Count() == 1 ? $"{g.Key}: {g.First().Path}" : $"{g.Key}:\n{string.Join('\n', g.Select(c => "- " + c.Path))}"));
        return new ApiException(409, "Conflict", message, new JsonObject
        {
            ["causes"] = new JsonArray([.. causes.Select(c => new JsonObject
            {
                ["reason"] = "FieldManagerConflict",
                ["message"] = c.Text,
                ["field"] = c.Path,
            })]),
        });
    }

    private static string Using(ManagerIdentity manager)
    {
        var subresource = manager.Subresource.Length > 0 ? $" with subresource \"{manager.Subresource}\"" : "";
        return manager.Operation == "Update" ? $"{subresource} using {manager.ApiVersion}" : subresource;
    }

    /// <summary>Takes out what the server sets itself, and what this path of the API does not write.</summary>
    private void Strip(FieldSet set, string subresource)
    {
        set.IsMember = false;
        set.Remove("f:apiVersion");
        set.Remove("f:kind");
        if (set.Find("f:metadata") is { } metadata)
        {
            metadata.IsMember = false;
            foreach (var field in ServerFields)
            {
                metadata.Remove("f:" + field);
            }
        }

        if (subresource == "status")
        {
            foreach (var element in set.Children.Keys.Where(k => k != "f:status").ToList())
            {
                set.Remove(element);
            }
        }
        else if (resource.HasStatus && (resource.IsCustom || resource.Group.Length > 0))
        {
            set.Remove("f:status");
        }
    }
}
