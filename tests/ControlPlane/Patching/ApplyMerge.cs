using System.Text.Json.Nodes;
using ControlPlane.Schema;

namespace ControlPlane.Patching;

/// <summary>Merges an applied intent into an object, and takes abandoned fields out of it.</summary>
internal static class ApplyMerge
{
    /// <summary>The object with everything that the intent says; maps and map lists are merged, the rest is replaced.</summary>
    public static JsonNode? Merge(JsonNode? live, JsonNode? intent, ObjectSchema schema)
    {
        if (live is null || intent is null || live.GetType() != intent.GetType() || FieldPaths.IsAtomic(intent, schema))
        {
            return intent?.DeepClone();
        }

        if (intent is JsonObject wanted)
        {
            var merged = (JsonObject)live.DeepClone();
            foreach (var (name, value) in wanted)
            {
                merged[name] = Merge(live[name], value, schema.Field(name) ?? ObjectSchema.Any);
            }

            return merged;
        }

        var items = new List<(string Element, JsonNode? Value)>();
        foreach (var (element, (value, _)) in FieldPaths.Elements(live, schema))
        {
            items.Add((element, value));
        }

        foreach (var (element, (value, child)) in FieldPaths.Elements(intent, schema))
        {
            var at = items.FindIndex(i => i.Element == element);
            if (at < 0)
            {
                items.Add((element, value));
            }
            else
            {
                items[at] = (element, Merge(items[at].Value, value, child));
            }
        }

        return new JsonArray([.. items.Select(i => i.Value?.DeepClone())]);
    }

    /// <summary>Removes fields in place; maps and lists that a removal empties go too when they are named themselves.</summary>
    public static void Remove(JsonNode? node, FieldSet fields, ObjectSchema schema)
    {
        switch (node)
        {
            case JsonObject o:
                foreach (var (element, child) in fields.Children.Where(c => c.Key[0] == 'f'))
                {
                    var name = element[2..];
                    Remove(o[name], child, schema.Field(name) ?? ObjectSchema.Any);
                    var isLeaf = child.Children.Values.All(c => c.IsEmpty);
                    if ((child.IsMember && isLeaf) || (!child.IsEmpty && o[name] is JsonObject { Count: 0 } or JsonArray { Count: 0 }))
                    {
                        o.Remove(name);
                    }
                }

                break;
            case JsonArray a when schema.ListType is "set" or "map":
                foreach (var item in a.ToList())
                {
                    if (fields.Find(FieldPaths.ItemElement(item, schema)) is not { IsEmpty: false } child)
                    {
                        continue;
                    }

                    if (child.IsMember)
                    {
                        a.Remove(item);
                    }
                    else
                    {
                        Remove(item, child, schema.Items ?? ObjectSchema.Any);
                    }
                }

                break;
        }
    }
}
