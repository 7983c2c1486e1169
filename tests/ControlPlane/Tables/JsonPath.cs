using System.Globalization;
using System.Text.Json.Nodes;
using ControlPlane.Http;

namespace ControlPlane.Tables;

/// <summary>
/// The part of JSONPath that printer columns use: fields, indexes, <c>[*]</c> and <c>[?(@.field=="value")]</c>. The first match counts.
/// </summary>
internal static class JsonPath
{
    /// <summary>The first value at the path; null when there is none.</summary>
    public static JsonNode? Find(JsonNode? node, string path) => Match(node, path.TrimStart('$')).FirstOrDefault();

    private static IEnumerable<JsonNode?> Match(JsonNode? node, string path)
    {
        if (path.Length == 0)
        {
            return node is null ? [] : [node];
        }

        if (path[0] == '[')
        {
            var end = path.IndexOf(']', StringComparison.Ordinal);
            return Select(node, path[1..end]).SelectMany(n => Match(n, path[(end + 1)..]));
        }

        path = path.TrimStart('.');
        var stop = 0;
        while (stop < path.Length && path[stop] is not ('.' or '['))
        {
            // A dot in a key, such as of an annotation, is escaped.
            stop += path[stop] == '\\' ? 2 : 1;
        }

        var name = path[..stop].Replace("\\.", ".", StringComparison.Ordinal);
        return node is JsonObject o && o[name] is { } value ? Match(value, path[stop..]) : [];
    }

    private static IEnumerable<JsonNode?> Select(JsonNode? node, string selector)
    {
        if (selector.StartsWith("?(@", StringComparison.Ordinal))
        {
            var sides = selector[3..].TrimEnd(')').Split("==", 2);
            var wanted = sides.Length == 2 ? sides[1].Trim(' ', '"', '\'') : "";
            return (node as JsonArray ?? []).Where(item => Find(item, sides[0].Trim()).Text() == wanted);
        }

        if (selector == "*")
        {
            return node is JsonObject o ? o.Select(p => p.Value) : node as JsonArray ?? [];
        }

        if (int.TryParse(selector, CultureInfo.InvariantCulture, out var index) && node is JsonArray list)
        {
            index = index < 0 ? list.Count + index : index;
            return index >= 0 && index < list.Count ? [list[index]] : [];
        }

        return node is JsonObject map && map[selector.Trim('\'', '"')] is { } value ? [value] : [];
    }
}
