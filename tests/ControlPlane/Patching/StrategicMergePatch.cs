using System.Text.Json.Nodes;
using ControlPlane.Http;
using ControlPlane.Schema;

namespace ControlPlane.Patching;

/// <summary>
/// Kubernetes' strategic merge patch, with the directives <c>$patch</c>, <c>$retainKeys</c>, <c>$deleteFromPrimitiveList/x</c> and
/// <c>$setElementOrder/x</c>. Lists merge by the keys that the schema gives them.
/// </summary>
internal static class StrategicMergePatch
{
    private const string DeleteFrom = "$deleteFromPrimitiveList/";
    private const string Order = "$setElementOrder/";

    /// <summary>Applies the patch to a copy.</summary>
    public static JsonObject Apply(JsonObject target, JsonObject patch, ObjectSchema schema)
    {
        if (patch["$patch"].Text() == "replace")
        {
            var replacement = (JsonObject)patch.DeepClone();
            replacement.Remove("$patch");
            return replacement;
        }

        if (patch["$patch"].Text() == "delete")
        {
            return [];
        }

        var result = (JsonObject)target.DeepClone();
        if (patch["$retainKeys"] is JsonArray retained)
        {
            foreach (var name in result.Select(p => p.Key).Except(retained.Texts(), StringComparer.Ordinal).ToList())
            {
                result.Remove(name);
            }
        }

        foreach (var (name, value) in patch.Where(p => p.Key[0] != '$'))
        {
            var field = schema.Field(name) ?? ObjectSchema.Any;
            switch (value)
            {
                case null:
                    result.Remove(name);
                    break;
                case JsonObject child:
                    result[name] = Apply(result[name] as JsonObject ?? [], child, field);
                    break;
                case JsonArray items when result[name] is JsonArray existing && field.ListType is "set" or "map":
                    result[name] = Sorted(Merge(existing, items, field), items, existing, field);
                    break;
                case JsonArray items:
                    result[name] = WithoutDirectives(items);
                    break;
                default:
                    result[name] = value.DeepClone();
                    break;
            }
        }

        foreach (var (name, value) in patch.Where(p => p.Key.StartsWith(DeleteFrom, StringComparison.Ordinal)))
        {
            var gone = (value as JsonArray ?? []).ToList();
            if (result[name[DeleteFrom.Length..]] is JsonArray list)
            {
                list.RemoveAll(item => gone.Any(g => JsonNode.DeepEquals(g, item)));
            }
        }

        foreach (var (name, value) in patch.Where(p => p.Key.StartsWith(Order, StringComparison.Ordinal)))
        {
            var field = schema.Field(name[Order.Length..]) ?? ObjectSchema.Any;
            if (result[name[Order.Length..]] is JsonArray list && value is JsonArray order)
            {
                result[name[Order.Length..]] = Sorted(list, order, target[name[Order.Length..]] as JsonArray ?? [], field);
            }
        }

        return result;
    }

    private static JsonArray Merge(JsonArray existing, JsonArray patch, ObjectSchema list)
    {
        if (patch.Any(item => (item as JsonObject)?["$patch"].Text() == "replace"))
        {
            return WithoutDirectives(patch);
        }

        var result = (JsonArray)existing.DeepClone();
        foreach (var item in patch)
        {
            var at = IndexOf(result, item, list);
            if ((item as JsonObject)?["$patch"].Text() == "delete")
            {
                if (at >= 0)
                {
                    result.RemoveAt(at);
                }
            }
            else if (at < 0)
            {
                result.Add(item?.DeepClone());
            }
            else if (item is JsonObject changes && result[at] is JsonObject old)
            {
                result[at] = Apply(old, changes, list.Items ?? ObjectSchema.Any);
            }
        }

        return result;
    }

    private static int IndexOf(JsonArray list, JsonNode? item, ObjectSchema schema)
    {
        for (var i = 0; i < list.Count; i++)
        {
            var isSame = schema.ListType == "set"
                ? JsonNode.DeepEquals(list[i], item)
                : JsonNode.DeepEquals(list[i]?[schema.ListMapKeys[0]], (item as JsonObject)?[schema.ListMapKeys[0]]);
            if (isSame)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>
    /// Puts the items that the patch names into its order, and the server's others between them where their old neighbours allow it.
    /// </summary>
    private static JsonArray Sorted(JsonArray list, JsonArray order, JsonArray before, ObjectSchema schema)
    {
        if (schema.ListType is not ("set" or "map"))
        {
            return (JsonArray)list.DeepClone();
        }

        var named = new Queue<JsonNode?>(list.Where(i => IndexOf(order, i, schema) >= 0).OrderBy(i => IndexOf(order, i, schema)));
        var others = new Queue<JsonNode?>(list.Where(i => IndexOf(order, i, schema) < 0));
        var sorted = new JsonArray();
        while (named.Count + others.Count > 0)
        {
            var left = named.Count > 0 ? IndexOf(before, named.Peek(), schema) : int.MaxValue;
            var right = others.Count > 0 ? IndexOf(before, others.Peek(), schema) : -1;
            var takesOther = others.Count > 0 && (named.Count == 0 || (left >= 0 && right >= 0 && right < left));
            sorted.Add((takesOther ? others : named).Dequeue()?.DeepClone());
        }

        return sorted;
    }

    private static JsonArray WithoutDirectives(JsonArray items)
        => new([.. items.Where(i => (i as JsonObject)?["$patch"] is null).Select(i => i?.DeepClone())]);
}
