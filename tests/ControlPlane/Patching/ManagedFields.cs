using System.Globalization;
using System.Text.Json.Nodes;
using ControlPlane.Http;

namespace ControlPlane.Patching;

/// <summary>The entries of <c>metadata.managedFields</c> of one object. Not safe for concurrent use.</summary>
internal sealed class ManagedFields(Dictionary<ManagerIdentity, (FieldSet Fields, string Time)> entries)
{
    /// <summary>Reads the entries; null or an object without metadata has none.</summary>
    public static ManagedFields Of(JsonObject? o)
    {
        var entries = new Dictionary<ManagerIdentity, (FieldSet, string)>();
        foreach (var entry in (o?["metadata"]?["managedFields"] as JsonArray ?? []).OfType<JsonObject>())
        {
            var identity = new ManagerIdentity(
                entry["manager"].Text() ?? "",
                entry["operation"].Text() ?? "",
                entry["apiVersion"].Text() ?? "",
                entry["subresource"].Text() ?? "");
            entries[identity] = (FieldSet.Parse(entry["fieldsV1"]), entry["time"].Text() ?? "");
        }

        return new ManagedFields(entries);
    }

    /// <summary>The fields of a manager; null when it has no entry.</summary>
    public FieldSet? Find(ManagerIdentity manager) => entries.TryGetValue(manager, out var entry) ? entry.Fields : null;

    /// <summary>Takes fields from every manager but one (null: from every one).</summary>
    public void TakeAway(FieldSet fields, ManagerIdentity? except)
    {
        foreach (var (identity, entry) in entries.Where(e => e.Key != except).ToList())
        {
            entries[identity] = (entry.Fields.Except(fields), entry.Time);
        }
    }

    /// <summary>Gives fields to a manager in addition to those it has.</summary>
    public void Add(ManagerIdentity manager, FieldSet fields, DateTimeOffset now)
    {
        if (!fields.IsEmpty)
        {
            entries[manager] = ((Find(manager) ?? new FieldSet()).Union(fields), Format(now));
        }
    }

    /// <summary>Gives a manager these fields and no others; the time stays when nothing changes.</summary>
    public void Set(ManagerIdentity manager, FieldSet fields, DateTimeOffset now)
    {
        var isSame = entries.TryGetValue(manager, out var entry) && JsonNode.DeepEquals(entry.Fields.ToJson(), fields.ToJson());
        entries[manager] = (fields, isSame ? entry.Time : Format(now));
    }

    /// <summary>Which of the fields belong to somebody else.</summary>
    public IReadOnlyList<(ManagerIdentity Manager, string Path)> ConflictsWith(FieldSet fields, ManagerIdentity manager)
        => [.. entries.Where(e => e.Key != manager)
            .OrderBy(e => e.Key.Name, StringComparer.Ordinal)
            .SelectMany(e => e.Value.Fields.Intersect(fields).Paths().Select(p => (e.Key, p)))];

    /// <summary>Which of the fields belong to nobody.</summary>
    public FieldSet NotOwned(FieldSet fields) => entries.Values.Aggregate(fields, (left, entry) => left.Except(entry.Fields));

    /// <summary>Writes the entries into the object in the API server's order.</summary>
    public void Write(JsonObject o)
    {
        var metadata = o.Child("metadata");
        var list = new JsonArray();
        var ordered = entries.Where(e => !e.Value.Fields.IsEmpty || e.Key.Operation == "Apply")
            .OrderBy(e => e.Key.Operation, StringComparer.Ordinal)
            .ThenBy(e => e.Value.Time, StringComparer.Ordinal)
            .ThenBy(e => e.Key.Name, StringComparer.Ordinal)
            .ThenBy(e => e.Key.Subresource, StringComparer.Ordinal);
        foreach (var (identity, (fields, time)) in ordered)
        {
            var entry = new JsonObject
            {
                ["apiVersion"] = identity.ApiVersion,
                ["fieldsType"] = "FieldsV1",
                ["fieldsV1"] = fields.ToJson(),
                ["manager"] = identity.Name,
                ["operation"] = identity.Operation,
            };
            if (identity.Subresource.Length > 0)
            {
                entry["subresource"] = identity.Subresource;
            }

            entry["time"] = time;
            list.Add(entry);
        }

        if (list.Count > 0)
        {
            metadata["managedFields"] = list;
        }
        else
        {
            metadata.Remove("managedFields");
        }
    }

    private static string Format(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
