using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Provisioning.Resources;

/// <summary>
/// An object that is being changed, and the RFC 6902 patch that does the same to the object it began as. Setting what is there already adds
/// nothing to the patch. Not safe for concurrent use.
/// </summary>
/// <param name="root">The object; changed in place.</param>
public sealed class JsonDraft(JsonObject root)
{
    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly JsonArray operations = [];

    /// <summary>The object as it is now.</summary>
    public JsonObject Root => root;

    /// <summary>Whether anything was changed.</summary>
    public bool IsChanged => operations.Count > 0;

    /// <summary>What stands at a path; null: nothing, or a JSON null.</summary>
    public static JsonNode? Find(JsonObject root, params ReadOnlySpan<string> path)
    {
        JsonNode? node = root;
        foreach (var name in path)
        {
            node = node is JsonObject parent && parent.TryGetPropertyValue(name, out var child) ? child : null;
        }

        return node;
    }

    /// <summary>The text at a path; null: there is none, or something else.</summary>
    public static string? Text(JsonNode? parent, params ReadOnlySpan<string> path) =>
        parent is JsonObject root && Find(root, path) is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>Puts a value at a path, with the parents that are missing.</summary>
    /// <exception cref="InvalidOperationException">A parent is something else than an object.</exception>
    public void Set(JsonNode value, params ReadOnlySpan<string> path)
    {
        var parent = root;
        var depth = 0;
        while (depth < path.Length - 1 && parent[path[depth]] is { } next)
        {
            parent = next as JsonObject ?? throw new InvalidOperationException($"{string.Join('.', path[..(depth + 1)]!)} is no object.");
            depth++;
        }

        if (depth == path.Length - 1 && JsonNode.DeepEquals(parent[path[depth]], value))
        {
            return;
        }

        for (var last = path.Length - 1; last > depth; last--)
        {
            value = new JsonObject { [path[last]] = value };
        }

        // "add" also takes the place of what is there.
        operations.Add((JsonNode)new JsonObject { ["op"] = "add", ["path"] = Pointer(path[..(depth + 1)]), ["value"] = value.DeepClone() });
        parent[path[depth]] = value;
    }

    /// <summary>Takes away what stands at a path, if anything does.</summary>
    public void Remove(params ReadOnlySpan<string> path)
    {
        if (Find(root, path[..^1]) is JsonObject parent && parent.Remove(path[^1]))
        {
            operations.Add((JsonNode)new JsonObject { ["op"] = "remove", ["path"] = Pointer(path) });
        }
    }

    /// <summary>The patch, in UTF-8.</summary>
    public byte[] ToPatch() => JsonSerializer.SerializeToUtf8Bytes(operations, Options);

    private static string Pointer(ReadOnlySpan<string> path)
    {
        var pointer = "";
        foreach (var name in path)
        {
            pointer += $"/{name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";
        }

        return pointer;
    }
}
