using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ControlPlane.Http;

/// <summary>JSON as the API server reads and writes it: numbers keep their text, nesting may be deep, repeated keys are noticed.</summary>
internal static class Json
{
    /// <summary>As deep as the API server goes.</summary>
    private const int MaxDepth = 10_000;

    private static readonly JsonWriterOptions WriterOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = MaxDepth,
    };

    /// <summary>Parses a document; of repeated keys the last one wins.</summary>
    /// <param name="utf8">The document.</param>
    /// <param name="duplicates">Receives the path of each repeated key; null when nobody asks.</param>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    public static JsonNode? Parse(ReadOnlySpan<byte> utf8, ICollection<string>? duplicates = null)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = MaxDepth });
        reader.Read();
        var node = ReadValue(ref reader, "", duplicates);
        return reader.Read() ? throw new JsonException("more than one value") : node;
    }

    /// <summary>Writes a document without whitespace.</summary>
    public static byte[] ToUtf8(JsonNode? node)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, WriterOptions))
        {
            if (node is null)
            {
                writer.WriteNullValue();
            }
            else
            {
                node.WriteTo(writer);
            }
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Writes a document without whitespace, as text.</summary>
    public static string ToText(JsonNode? node) => System.Text.Encoding.UTF8.GetString(ToUtf8(node));

    /// <summary>A copy whose keys are in ordinal order at every level, as the API server writes custom resources.</summary>
    public static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject o => new JsonObject(o.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => KeyValuePair.Create(p.Key, Sorted(p.Value)))),
        JsonArray a => new JsonArray([.. a.Select(Sorted)]),
        _ => node?.DeepClone(),
    };

    /// <summary>Replaces an object by its sorted copy.</summary>
    public static void Sort(ref JsonObject o) => o = (JsonObject)Sorted(o)!;

    /// <summary>The value as text, or null when it is missing or not a string.</summary>
    public static string? Text(this JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>The value as a boolean; false when it is missing or not one.</summary>
    public static bool IsTrue(this JsonNode? node) => node is JsonValue value && value.TryGetValue<bool>(out var b) && b;

    /// <summary>The value as a number; null when it is missing or not one.</summary>
    public static long? Number(this JsonNode? node) => node is JsonValue value
        ? value.TryGetValue<long>(out var number) ? number : value.TryGetValue<int>(out var small) ? small : null
        : null;

    /// <summary>The object under the key, made when it is missing or null.</summary>
    public static JsonObject Child(this JsonObject parent, string key)
    {
        if (parent[key] is JsonObject child)
        {
            return child;
        }

        child = [];
        parent[key] = child;
        return child;
    }

    /// <summary>The strings of an array; empty when it is missing.</summary>
    public static IEnumerable<string> Texts(this JsonNode? node) => (node as JsonArray)?.Select(Text).OfType<string>() ?? [];

    private static JsonNode? ReadValue(ref Utf8JsonReader reader, string path, ICollection<string>? duplicates)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return null;
            case JsonTokenType.True:
                return JsonValue.Create(true);
            case JsonTokenType.False:
                return JsonValue.Create(false);
            case JsonTokenType.String:
                return JsonValue.Create(reader.GetString());
            case JsonTokenType.Number:
                return JsonValue.Create(JsonElement.ParseValue(ref reader));
            case JsonTokenType.StartArray:
                var array = new JsonArray();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    array.Add(ReadValue(ref reader, duplicates is null ? "" : $"{path}[{array.Count}]", duplicates));
                }

                return array;
            default:
                return ReadObject(ref reader, path, duplicates);
        }
    }

    private static JsonObject ReadObject(ref Utf8JsonReader reader, string path, ICollection<string>? duplicates)
    {
        var result = new JsonObject();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var key = reader.GetString()!;
            var childPath = duplicates is null ? "" : path.Length == 0 ? key : $"{path}.{key}";
            if (duplicates is not null && result.ContainsKey(key))
            {
                duplicates.Add(childPath);
            }

            reader.Read();
            result[key] = ReadValue(ref reader, childPath, duplicates);
        }

        return result;
    }
}
