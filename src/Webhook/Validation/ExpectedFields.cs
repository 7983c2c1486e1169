using System.Text.Json;
using System.Text.Json.Serialization;
using Provisioning.Kubernetes;

namespace Webhook.Validation;

/// <summary>Steps through an object whose fields have the types that they should; anything else is an exception that says no more.</summary>
internal static class ExpectedFields
{
    /// <summary>Goes to the value of the current property, or to the next item, which must be this.</summary>
    public static void Enter(ref Utf8JsonReader reader, JsonTokenType expected)
    {
        reader.Read();
        if (reader.TokenType != expected)
        {
            throw new JsonException();
        }
    }

    /// <summary>Reads the string that is the value of the current property.</summary>
    public static string ReadString(ref Utf8JsonReader reader)
    {
        Enter(ref reader, JsonTokenType.String);
        return reader.GetString()!;
    }

    /// <summary>Reads the value of the current property by the serializer's converter: for what is seldom there.</summary>
    public static T? ReadAs<T>(ref Utf8JsonReader reader) => ReadAs(ref reader, KubernetesJson.ConverterOf<T>());

    /// <summary>Reads the value of the current property by a converter.</summary>
    public static T? ReadAs<T>(ref Utf8JsonReader reader, JsonConverter<T> converter)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.Null ? default : converter.Read(ref reader, typeof(T), KubernetesJson.Options);
    }
}
