using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.Http;

namespace ControlPlane.Protobuf;

/// <summary>
/// Reads request bodies in Kubernetes' protobuf encoding, which kubectl's typed commands (<c>create secret</c>, <c>auth can-i</c>) send
/// whether a server likes it or not. Answers are always JSON, which the same commands accept.
/// </summary>
internal static class ProtobufDecoder
{
    /// <summary>The media type.</summary>
    public const string MediaType = "application/vnd.kubernetes.protobuf";

    /// <summary>Reads an object: the magic number, then a <c>runtime.Unknown</c> that names the kind and holds the message.</summary>
    /// <exception cref="ApiException">400: not such a body; 415: a kind that is not understood in this encoding.</exception>
    public static JsonObject Decode(ReadOnlySpan<byte> body)
    {
        if (!body.StartsWith("k8s\0"u8))
        {
            throw ApiException.BadRequest("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
        }

        var apiVersion = "";
        var kind = "";
        ReadOnlySpan<byte> raw = default;
        var reader = new WireReader(body[4..]);
        while (reader.Next(out var number, out _, out var bytes))
        {
            if (number == 1)
            {
                var type = new WireReader(bytes);
                while (type.Next(out var part, out _, out var text))
                {
                    (apiVersion, kind) = part == 1 ? (Encoding.UTF8.GetString(text), kind) : (apiVersion, Encoding.UTF8.GetString(text));
                }
            }
            else if (number == 2)
            {
                raw = bytes;
            }
        }

        if (MessageTypes.Find(kind) is null)
        {
            throw new ApiException(415, "UnsupportedMediaType", $"the embedded API server does not read {kind} in protobuf");
        }

        var o = Message(raw, kind);
        o["apiVersion"] = apiVersion;
        o["kind"] = kind;
        return o;
    }

    private static JsonObject Message(ReadOnlySpan<byte> body, string type)
    {
        var fields = MessageTypes.Find(type) ?? throw ApiException.BadRequest($"unknown message {type}");
        var o = new JsonObject();
        var reader = new WireReader(body);
        while (reader.Next(out var number, out var varint, out var bytes))
        {
            if (!fields.TryGetValue(number, out var field))
            {
                continue;
            }

            if (field.IsMap)
            {
                var (key, value) = Entry(bytes, field.Type);
                o.Child(field.Name)[key] = value;
            }
            else if (field.IsRepeated)
            {
                var list = o[field.Name] as JsonArray ?? [];
                list.Add(Value(field.Type, varint, bytes));
                o[field.Name] = list.Parent is null ? list : list.DeepClone();
            }
            else if (Value(field.Type, varint, bytes) is { } value && !IsEmpty(value))
            {
                o[field.Name] = value;
            }
        }

        return o;
    }

    private static (string Key, JsonNode? Value) Entry(ReadOnlySpan<byte> body, string type)
    {
        var key = "";
        var value = Value(type, 0, default);
        var reader = new WireReader(body);
        while (reader.Next(out var number, out var varint, out var bytes))
        {
            if (number == 1)
            {
                key = Encoding.UTF8.GetString(bytes);
            }
            else
            {
                value = Value(type, varint, bytes);
            }
        }

        return (key, value);
    }

    private static JsonNode? Value(string type, ulong varint, ReadOnlySpan<byte> bytes) => type switch
    {
        "string" => JsonValue.Create(Encoding.UTF8.GetString(bytes)),
        "bytes" => JsonValue.Create(Convert.ToBase64String(bytes)),
        "int" => JsonValue.Create((long)varint),
        "bool" => JsonValue.Create(varint != 0),
        "time" => Time(bytes),
        _ => Message(bytes, type),
    };

    private static JsonValue? Time(ReadOnlySpan<byte> bytes)
    {
        long seconds = 0;
        long nanoseconds = 0;
        var reader = new WireReader(bytes);
        while (reader.Next(out var number, out var varint, out _))
        {
            (seconds, nanoseconds) = number == 1 ? ((long)varint, nanoseconds) : (seconds, (long)varint);
        }

        // The zero time has no text form of its own.
        return seconds <= 0
            ? null
            : JsonValue.Create(DateTimeOffset.FromUnixTimeSeconds(seconds).AddTicks(nanoseconds / 100).UtcDateTime.ToString(
                nanoseconds == 0 ? "yyyy-MM-ddTHH:mm:ssZ" : "yyyy-MM-ddTHH:mm:ss.ffffffZ", System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>Go's encoder writes empty values too; JSON leaves them out.</summary>
    private static bool IsEmpty(JsonNode value) => value is JsonObject { Count: 0 } || value.Text() == "" || value.Number() == 0;
}
