using System.Text.Json;

namespace Webhook.Admission;

/// <summary><c>metadata.name</c> and <c>metadata.generateName</c> of an object, for reviews that carry no name of their own.</summary>
internal readonly record struct ObjectNames(string Name, string GenerateName)
{
    /// <summary>Reads them from an object; empty where they are missing.</summary>
    public static ObjectNames Read(ReadOnlySpan<byte> utf8Object)
    {
        var names = new ObjectNames("", "");
        if (utf8Object.IsEmpty)
        {
            return names;
        }

        var reader = new Utf8JsonReader(utf8Object, new JsonReaderOptions { MaxDepth = AdmissionReviewReader.MaxDepth });
        reader.Read();
        while (JsonFields.NextProperty(ref reader))
        {
            if (!reader.ValueTextEquals("metadata"u8))
            {
                JsonFields.SkipValue(ref reader);
            }
            else if (JsonFields.EnterObject(ref reader, "metadata"))
            {
                names = ReadMetadata(ref reader);
            }
        }

        return names;
    }

    private static ObjectNames ReadMetadata(ref Utf8JsonReader reader)
    {
        var names = new ObjectNames("", "");
        while (JsonFields.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("name"u8))
            {
                names = names with { Name = JsonFields.ReadString(ref reader, "metadata.name") };
            }
            else if (reader.ValueTextEquals("generateName"u8))
            {
                names = names with { GenerateName = JsonFields.ReadString(ref reader, "metadata.generateName") };
            }
            else
            {
                JsonFields.SkipValue(ref reader);
            }
        }

        return names;
    }
}
