using System.Text;
using System.Text.Json;

namespace Webhook.Offline;

/// <summary>Puts a value into JSON text and leaves every other byte as it is.</summary>
internal static class JsonSplice
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 10_000 };

    /// <summary>The value at a path; null when it or a parent is absent or null.</summary>
    public static ReadOnlyMemory<byte>? Find(ReadOnlyMemory<byte> json, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            if (FindMember(json.Span, name) is not { Value: { } range })
            {
                return null;
            }

            json = json[range];
        }

        return json.Span.SequenceEqual("null"u8) ? null : json;
    }

    /// <summary>The text with the value at the path, in the place of what is there, with the parents that are missing.</summary>
    /// <exception cref="JsonException">A parent is something else than an object or null; the message is its path.</exception>
    public static byte[] Set(ReadOnlySpan<byte> json, ReadOnlySpan<string> path, ReadOnlySpan<byte> value, string at = "")
    {
        if (path.IsEmpty)
        {
            return value.ToArray();
        }

        if (FindMember(json, path[0]) is not { } member)
        {
            return json.Trim(" \t\r\n"u8).SequenceEqual("null"u8) ? [(byte)'{', .. Compose(path, value), (byte)'}'] : throw new JsonException(at);
        }

        var field = at.Length == 0 ? path[0] : $"{at}.{path[0]}";
        if (member.Value is { } range)
        {
            return [.. json[..range.Start.Value], .. Set(json[range], path[1..], value, field), .. json[range.End.Value..]];
        }

        var begin = member.AfterBrace;
        return [.. json[..begin], .. Compose(path, value), .. member.IsEmpty ? [] : ","u8, .. json[begin..]];
    }

    private static byte[] Compose(ReadOnlySpan<string> path, ReadOnlySpan<byte> value)
    {
        byte[] inner = path.Length == 1 ? value.ToArray() : [(byte)'{', .. Compose(path[1..], value), (byte)'}'];
        return [.. Encoding.UTF8.GetBytes(JsonSerializer.Serialize(path[0])), (byte)':', .. inner];
    }

    // Of a field that is there twice the last one counts, as for the API server. Null: the text is no object.
    private static Member? FindMember(ReadOnlySpan<byte> json, string name)
    {
        var reader = new Utf8JsonReader(json, Options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return null;
        }

        var member = new Member((int)reader.BytesConsumed, IsEmpty: true, Value: null);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isWanted = reader.ValueTextEquals(name);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            member = member with { IsEmpty = false, Value = isWanted ? start..(int)reader.BytesConsumed : member.Value };
        }

        return member;
    }

    private readonly record struct Member(int AfterBrace, bool IsEmpty, Range? Value);
}
