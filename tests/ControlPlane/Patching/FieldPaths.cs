using System.Text.Json.Nodes;
using ControlPlane.Http;
using ControlPlane.Schema;

namespace ControlPlane.Patching;

/// <summary>Which fields an object has, and which differ between two objects, at the granularity that the schema gives.</summary>
internal static class FieldPaths
{
    /// <summary>True when the value is owned and replaced as a whole.</summary>
    public static bool IsAtomic(JsonNode? node, ObjectSchema schema) => node switch
    {
        JsonObject => schema.IsAtomicMap,
        JsonArray => schema.ListType is not ("set" or "map"),
        _ => true,
    };

    /// <summary>The path element of an item of a set or map list.</summary>
    public static string ItemElement(JsonNode? item, ObjectSchema list)
    {
        if (list.ListType == "set")
        {
            return "v:" + (item is null ? "null" : Json.ToText(item));
        }

        var keys = new JsonObject();
        foreach (var key in list.ListMapKeys.Order(StringComparer.Ordinal))
        {
            // A key that is left out has its default: an intent may say less than the stored item.
            var fallback = list.Items?.Properties.GetValueOrDefault(key)?.Default;
            if ((item?[key] ?? fallback) is { } value)
            {
                keys[key] = value.DeepClone();
            }
        }

        return "k:" + Json.ToText(keys);
    }

    /// <summary>The fields that an applied object claims.</summary>
    public static FieldSet Of(JsonNode? node, ObjectSchema schema)
    {
        var set = new FieldSet();
        AddClaimed(node, schema, set);
        return set;
    }

    /// <summary>Adds what a write changed: fields new or different go to one set, fields gone to the other.</summary>
    public static void Compare(JsonNode? old, JsonNode? now, ObjectSchema schema, FieldSet changed, FieldSet removed)
    {
        if (old is null || now is null || IsAtomic(now, schema) || IsAtomic(old, schema) || old.GetType() != now.GetType())
        {
            if (now is null && old is not null)
            {
                AddWhole(old, schema, removed);
            }
            else if (old is null && now is not null)
            {
                AddWhole(now, schema, changed);
            }
            else if (!JsonNode.DeepEquals(old, now))
            {
                AddWhole(now, schema, changed);
            }

            return;
        }

        var before = Elements(old, schema);
        var after = Elements(now, schema);
        foreach (var element in before.Keys.Union(after.Keys, StringComparer.Ordinal))
        {
            var had = before.TryGetValue(element, out var left);
            var has = after.TryGetValue(element, out var right);
            var child = has ? right.Schema : left.Schema;
            if (had && !has)
            {
                AddWhole(left.Value, child, removed.Child(element));
            }
            else if (!had)
            {
                AddWhole(right.Value, child, changed.Child(element));
            }
            else if (left.Value is not null || right.Value is not null)
            {
                Compare(left.Value, right.Value, child, changed.Child(element), removed.Child(element));
            }
        }
    }

    /// <summary>The parts of a map or list that can be owned apart from each other.</summary>
    public static Dictionary<string, (JsonNode? Value, ObjectSchema Schema)> Elements(JsonNode node, ObjectSchema schema)
    {
        var elements = new Dictionary<string, (JsonNode?, ObjectSchema)>(StringComparer.Ordinal);
        switch (node)
        {
            case JsonObject o:
                foreach (var (name, value) in o)
                {
                    elements["f:" + name] = (value, schema.Field(name) ?? ObjectSchema.Any);
                }

                break;
            case JsonArray a:
                foreach (var item in a)
                {
                    elements[ItemElement(item, schema)] = (item, schema.Items ?? ObjectSchema.Any);
                }

                break;
        }

        return elements;
    }

    private static void AddWhole(JsonNode? node, ObjectSchema schema, FieldSet set)
    {
        set.IsMember = true;
        if (node is not null && !IsAtomic(node, schema))
        {
            foreach (var (element, (value, child)) in Elements(node, schema))
            {
                AddWhole(value, child, set.Child(element));
            }
        }
    }

    private static void AddClaimed(JsonNode? node, ObjectSchema schema, FieldSet set)
    {
        if (node is null || IsAtomic(node, schema) || node is JsonObject { Count: 0 } or JsonArray { Count: 0 })
        {
            set.IsMember = true;
            return;
        }

        foreach (var (element, (value, child)) in Elements(node, schema))
        {
            var below = set.Child(element);
            AddClaimed(value, child, below);
            // A key of a map and an item of a list can come and go, so they are owned themselves; a declared field cannot.
            below.IsMember |= element[0] != 'f' || !schema.Properties.ContainsKey(element[2..]);
        }
    }
}
