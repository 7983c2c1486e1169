using System.Text.Json.Nodes;

namespace ControlPlane.Schema;

/// <summary>Removes fields that a schema does not know, and sets the defaults that it gives.</summary>
internal static class Pruning
{
    /// <summary>Removes unknown fields in place.</summary>
    /// <param name="node">The object or a part of it.</param>
    /// <param name="schema">Its schema.</param>
    /// <param name="path">Where it is in the object; empty at the root.</param>
    /// <param name="unknown">Receives the path of each field removed.</param>
    public static void Prune(JsonNode? node, ObjectSchema schema, string path, ICollection<string> unknown)
    {
        switch (node)
        {
            case JsonObject o:
                foreach (var (name, value) in o.ToList())
                {
                    var child = path.Length == 0 ? name : $"{path}.{name}";
                    if (schema.Field(name) is { } field)
                    {
                        Prune(value, field, child, unknown);
                    }
                    else if (schema.IsEmbeddedResource && name is "apiVersion" or "kind" or "metadata")
                    {
                        continue;
                    }
                    else
                    {
                        unknown.Add(child);
                        o.Remove(name);
                    }
                }

                break;
            case JsonArray a when schema.Items is { } items:
                for (var i = 0; i < a.Count; i++)
                {
                    Prune(a[i], items, $"{path}[{i}]", unknown);
                }

                break;
        }
    }

    /// <summary>Sets defaults in place; a null where the schema allows none counts as missing.</summary>
    public static void Default(JsonNode? node, ObjectSchema schema)
    {
        switch (node)
        {
            case JsonObject o:
                foreach (var (name, property) in schema.Properties)
                {
                    var isMissing = !o.TryGetPropertyValue(name, out var value) || (value is null && !property.IsNullable);
                    if (isMissing && property.Default is not null)
                    {
                        o[name] = property.Default.DeepClone();
                    }
                }

                foreach (var (name, value) in o.ToList())
                {
                    if (schema.Field(name) is { } field)
                    {
                        Default(value, field);
                    }
                }

                break;
            case JsonArray a when schema.Items is { } items:
                foreach (var item in a)
                {
                    Default(item, items);
                }

                break;
        }
    }

    /// <summary>Removes nulls, in place, from where a built-in kind has no field that can be null: Go's decoder takes them for missing.</summary>
    public static void DropNulls(JsonNode? node)
    {
        if (node is JsonObject o)
        {
            foreach (var (name, value) in o.ToList())
            {
                if (value is null)
                {
                    o.Remove(name);
                }
                else
                {
                    DropNulls(value);
                }
            }
        }
        else if (node is JsonArray a)
        {
            foreach (var item in a)
            {
                DropNulls(item);
            }
        }
    }
}
