using System.Text.Json;

namespace Webhook.Injection;

/// <summary>Steps through JSON that has been checked before; what has an unexpected type is passed over.</summary>
internal static class JsonSteps
{
    /// <summary>Goes to the value of the current property, into it when it is an object, else over it.</summary>
    public static FieldState Enter(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            return FieldState.Object;
        }

        var isNull = reader.TokenType == JsonTokenType.Null;
        reader.Skip();
        return isNull ? FieldState.Absent : FieldState.Other;
    }

    /// <summary>Reads the value of the current property when it is a string, else goes over it.</summary>
    public static string? ReadString(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String)
        {
            return reader.GetString();
        }

        reader.Skip();
        return null;
    }
}
