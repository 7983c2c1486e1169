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
                    result[name] = Merge(existing, items, field);
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
                result[name[Order.Length..]] = Sorted(list, order, field);
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

    private static JsonArray Sorted(JsonArray list, JsonArray order, ObjectSchema schema)
    {
        if (schema.ListType is not ("set" or "map"))
        {
            return (JsonArray)list.DeepClone();
        }

        var known = list.Select((item, at) => (Item: item, At: at, Rank: IndexOf(order, item, schema))).ToList();
        return new JsonArray([.. known.OrderBy(k => k.Rank < 0 ? int.MaxValue : k.Rank).ThenBy(k => k.At).Select(k => k.Item?.DeepClone())]);
    }

    private static JsonArray WithoutDirectives(JsonArray items)
        => new([.. items.Where(i => (i as JsonObject)?["$patch"] is null).Select(i => i?.DeepClone())]);
}
