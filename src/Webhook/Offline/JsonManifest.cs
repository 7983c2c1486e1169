using System.Text;
using System.Text.Json;

namespace Webhook.Offline;

/// <summary>Reads JSON: one object, or several one after the other.</summary>
internal static class JsonManifest
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 1000, AllowMultipleValues = true };

    /// <summary>The documents that are not null.</summary>
    /// <exception cref="ManifestException">The text is no JSON, or says a key twice.</exception>
    public static IReadOnlyList<ManifestNode> Read(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var reader = new Utf8JsonReader(bytes, Options);
        var lines = new LineCounter(bytes);
        var documents = new List<ManifestNode>();
        try
        {
            while (reader.Read())
            {
                documents.Add(ReadNode(ref reader, lines, line: null));
            }
        }
        catch (JsonException exception)
        {
            // The exception's own text may quote the file.
            throw new ManifestException("not JSON", (int)(exception.LineNumber ?? 0) + 1);
        }
        catch (InvalidOperationException)
        {
            throw new ManifestException("not JSON: half a surrogate pair", lines.At(reader.TokenStartIndex));
        }

        return [.. documents.Where(document => document.Type != NodeType.Null)];
    }

    private static ManifestNode ReadNode(ref Utf8JsonReader reader, LineCounter lines, int? line)
    {
        var at = line ?? lines.At(reader.TokenStartIndex);
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return new ManifestNode(NodeType.Object, at) { Fields = ReadFields(ref reader, lines) };
            case JsonTokenType.StartArray:
                var items = new List<ManifestNode>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    items.Add(ReadNode(ref reader, lines, line: null));
                }

                return new ManifestNode(NodeType.Array, at) { Items = items };
            case JsonTokenType.String:
                return new ManifestNode(NodeType.String, at) { Text = reader.GetString()! };
            case JsonTokenType.Number:
                return new ManifestNode(NodeType.Number, at) { Text = Encoding.UTF8.GetString(reader.ValueSpan) };
            case JsonTokenType.True or JsonTokenType.False:
                return new ManifestNode(NodeType.Boolean, at) { Text = reader.GetBoolean() ? "true" : "false" };
            default:
                return new ManifestNode(NodeType.Null, at);
        }
    }

    private static List<KeyValuePair<string, ManifestNode>> ReadFields(ref Utf8JsonReader reader, LineCounter lines)
    {
        var fields = new OrderedDictionary<string, ManifestNode>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var (name, line) = (reader.GetString()!, lines.At(reader.TokenStartIndex));
            reader.Read();
            if (!fields.TryAdd(name, ReadNode(ref reader, lines, line)))
            {
                throw new ManifestException("a key is given twice", line);
            }
        }

        return [.. fields];
    }

    // Asked for ever later places only, so that the text is gone through once.
    private sealed class LineCounter(byte[] text)
    {
        private int position;
        private int line = 1;

        public int At(long index)
        {
            line += text.AsSpan(position, (int)index - position).Count((byte)'\n');
            position = (int)index;
            return line;
        }
    }
}
