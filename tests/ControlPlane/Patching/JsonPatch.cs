using System.Globalization;
using System.Text.Json.Nodes;
using ControlPlane.Http;

namespace ControlPlane.Patching;

/// <summary>A JSON patch does not fit the document.</summary>
internal sealed class JsonPatchException(string message) : Exception(message);

/// <summary>RFC 6902.</summary>
internal static class JsonPatch
{
    /// <summary>Applies the operations to a copy.</summary>
    /// <exception cref="JsonPatchException">An operation is malformed or does not apply.</exception>
    public static JsonNode? Apply(JsonNode? document, JsonArray operations)
    {
        document = document?.DeepClone();
        foreach (var node in operations)
        {
            var operation = node as JsonObject ?? throw new JsonPatchException("Unexpected kind: unknown");
            var path = operation["path"].Text() ?? throw new JsonPatchException("operation without path");
            switch (operation["op"].Text())
            {
                case "add":
                    Add(ref document, path, Value(operation));
                    break;
                case "remove":
                    Remove(ref document, path, "remove");
                    break;
                case "replace":
                    Get(document, path, "replace");
                    if (path.Length > 0)
                    {
                        Remove(ref document, path, "replace");
                    }

                    Add(ref document, path, Value(operation));
                    break;
                case "move":
                    var moved = Get(document, From(operation), "move")?.DeepClone();
                    Remove(ref document, From(operation), "move");
                    Add(ref document, path, moved);
                    break;
                case "copy":
                    Add(ref document, path, Get(document, From(operation), "copy")?.DeepClone());
                    break;
                case "test":
                    if (!JsonNode.DeepEquals(Get(document, path, "test"), Value(operation)))
                    {
                        throw new JsonPatchException($"testing value {path} failed: test failed");
                    }

                    break;
                default:
                    throw new JsonPatchException($"Unexpected kind: {operation["op"].Text() ?? "unknown"}");
            }
        }

        return document;
    }

    private static string From(JsonObject operation) => operation["from"].Text() ?? throw new JsonPatchException("operation without from");

    private static JsonNode? Value(JsonObject operation)
        => operation.TryGetPropertyValue("value", out var value) ? value?.DeepClone() : throw new JsonPatchException("operation without value");

    private static string[] Split(string path) => path.Length == 0
        ? []
        : path[0] == '/'
            ? [.. path[1..].Split('/').Select(s => s.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))]
            : throw new JsonPatchException($"path {path} does not begin with a slash");

    private static JsonNode? Get(JsonNode? document, string path, string operation, string? whole = null)
    {
        foreach (var part in Split(path))
        {
            document = document switch
            {
                JsonObject o when o.TryGetPropertyValue(part, out var value) => value,
                JsonArray a when Index(part, a.Count - 1) is { } index => a[index],
                _ => throw Missing(operation, whole ?? path),
            };
        }

        return document;
    }

    private static void Add(ref JsonNode? document, string path, JsonNode? value)
    {
        var parts = Split(path);
        if (parts.Length == 0)
        {
            document = value;
            return;
        }

        switch (Parent(document, path, "add"))
        {
            case JsonObject o:
                o[parts[^1]] = value;
                break;
            case JsonArray a when parts[^1] == "-":
                a.Add(value);
                break;
            case JsonArray a when Index(parts[^1], a.Count) is { } index:
                a.Insert(index, value);
                break;
            default:
                throw Missing("add", path);
        }
    }

    private static void Remove(ref JsonNode? document, string path, string operation)
    {
        var parts = Split(path);
        switch (parts.Length == 0 ? null : Parent(document, path, operation))
        {
            case JsonObject o when o.Remove(parts[^1]):
                break;
            case JsonArray a when Index(parts[^1], a.Count - 1) is { } index:
                a.RemoveAt(index);
                break;
            default:
                throw Missing(operation, path);
        }
    }

    private static JsonNode? Parent(JsonNode? document, string path, string operation)
        => Get(document, path[..path.LastIndexOf('/')], operation, path);

    private static int? Index(string part, int last)
        => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index <= last ? index : null;

    private static JsonPatchException Missing(string operation, string path)
        => new($"{operation} operation does not apply: doc is missing path: \"{path}\": missing value");
}
