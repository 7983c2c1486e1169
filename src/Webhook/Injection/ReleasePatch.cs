using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Webhook.Injection;

/// <summary>The smallest RFC 6902 document that puts the values in place, with the parents that are missing.</summary>
internal static class ReleasePatch
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Composes the patch; an <c>add</c> also takes the place of a null.</summary>
    /// <param name="fields">The release as it is; spec and values must not be <see cref="FieldState.Other"/>.</param>
    /// <param name="values">What shall be there.</param>
    public static ReadOnlyMemory<byte> Compose(ReleaseFields fields, DataSourceValues values)
    {
        var output = new ArrayBufferWriter<byte>(256);
        using var writer = new Utf8JsonWriter(output, Options);
        writer.WriteStartArray();
        writer.WriteStartObject();
        writer.WriteString("op"u8, fields.DataSource == FieldState.Absent ? "add"u8 : "replace"u8);
        switch (fields)
        {
            case { Spec: FieldState.Absent }:
                writer.WriteString("path"u8, "/spec"u8);
                writer.WriteStartObject("value"u8);
                writer.WriteStartObject("values"u8);
                Write(writer, "dataSource"u8, values);
                writer.WriteEndObject();
                writer.WriteEndObject();
                break;
            case { Values: FieldState.Absent }:
                writer.WriteString("path"u8, "/spec/values"u8);
                writer.WriteStartObject("value"u8);
                Write(writer, "dataSource"u8, values);
                writer.WriteEndObject();
                break;
            default:
                writer.WriteString("path"u8, "/spec/values/dataSource"u8);
                Write(writer, "value"u8, values);
                break;
        }

        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.Flush();
        return output.WrittenMemory;
    }

    private static void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> property, DataSourceValues values)
    {
        writer.WritePropertyName(property);
        values.WriteTo(writer);
    }
}
