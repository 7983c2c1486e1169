using System.Text.Json;

namespace Webhook.Admission;

/// <summary>Steps through the objects of a review. Null counts as absent, as it does for the API server.</summary>
internal static class JsonFields
{
    /// <summary>Demands that the current token begins an object.</summary>
    public static void RequireObject(ref Utf8JsonReader reader, string what)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new MalformedReviewException($"{what} must be an object.");
        }
    }

    /// <summary>Demands that a field of the envelope is there once: which of two would win is not the same for every parser.</summary>
    public static void RequireFirst(bool isFirst, string field)
    {
        if (!isFirst)
        {
            throw new MalformedReviewException($"{field} is there twice.");
        }
    }

    /// <summary>Goes to the next property name of the current object; false at its end.</summary>
    public static bool NextProperty(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.PropertyName;
    }

    /// <summary>Goes over the value of the current property.</summary>
    public static void SkipValue(ref Utf8JsonReader reader)
    {
        reader.Read();
        reader.Skip();
    }

    /// <summary>Goes to the value of the current property; false when it is null or, otherwise, when it is not an object.</summary>
    /// <exception cref="MalformedReviewException">The value is neither an object nor null.</exception>
    public static bool EnterObject(ref Utf8JsonReader reader, string field)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return false;
        }

        RequireObject(ref reader, field);
        return true;
    }

    /// <summary>Reads the string value of the current property; null becomes the empty string.</summary>
    public static string ReadString(ref Utf8JsonReader reader, string field)
    {
        reader.Read();
        return reader.TokenType switch
        {
            JsonTokenType.String => reader.GetString()!,
            JsonTokenType.Null => "",
            _ => throw new MalformedReviewException($"{field} must be a string."),
        };
    }

    /// <summary>Reads the boolean value of the current property; null becomes false.</summary>
    public static bool ReadBoolean(ref Utf8JsonReader reader, string field)
    {
        reader.Read();
        return reader.TokenType switch
        {
            JsonTokenType.True => true,
            JsonTokenType.False or JsonTokenType.Null => false,
            _ => throw new MalformedReviewException($"{field} must be a boolean."),
        };
    }

    /// <summary>Reads the array of strings of the current property; null becomes the empty list.</summary>
    public static List<string> ReadStrings(ref Utf8JsonReader reader, string field)
    {
        var values = new List<string>();
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return values;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new MalformedReviewException($"{field} must be an array.");
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            values.Add(reader.TokenType == JsonTokenType.String
                ? reader.GetString()!
                : throw new MalformedReviewException($"{field} must hold strings."));
        }

        return values;
    }

    /// <summary>The bytes of the object that is the value of the current property; empty when it is null.</summary>
    public static ReadOnlyMemory<byte> SliceObject(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body, string field)
    {
        if (!EnterObject(ref reader, field))
        {
            return default;
        }

        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return body[start..(int)reader.BytesConsumed];
    }
}
