using System.Text.Json;
using System.Text.Json.Serialization;

namespace Provisioning.Kubernetes;

/// <summary>
/// Reads labels and annotations, without kubectl's copy of the whole object: nobody here reads that one, and it is as long as all the rest.
/// Objects of others are changed by patches, so that what is not read is not lost either. A null is the empty text, as it is for the API server.
/// </summary>
public sealed class TextMapConverter : JsonConverter<IReadOnlyDictionary<string, string>>
{
    /// <summary>The annotation that is left out.</summary>
    public const string LastApplied = "kubectl.kubernetes.io/last-applied-configuration";

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        Require(ref reader, JsonTokenType.StartObject);
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.ValueTextEquals(LastApplied) ? null : reader.GetString();
            reader.Read();
            if (reader.TokenType != JsonTokenType.Null)
            {
                Require(ref reader, JsonTokenType.String);
            }

            if (key is not null)
            {
                texts[key] = reader.GetString() ?? "";
            }
        }

        return texts;
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, IReadOnlyDictionary<string, string> value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach (var (key, text) in value)
        {
            writer.WriteString(key, text);
        }

        writer.WriteEndObject();
    }

    private static void Require(ref Utf8JsonReader reader, JsonTokenType type)
    {
        if (reader.TokenType != type)
        {
            throw new JsonException();
        }
    }
}
