using System.Text.Json;
using Provisioning.Kubernetes;
using Webhook.Admission;

namespace Webhook.Validation;

/// <summary>Reads the metadata of an object as the API server writes it; see <see cref="DataSourceReader"/>.</summary>
internal static class ObjectMetaReader
{
    private static readonly TextMapConverter Texts = new();

    /// <summary>Reads the value of the current property.</summary>
    public static ObjectMeta Read(ref Utf8JsonReader reader)
    {
        string? name = null, generateName = null, inNamespace = null, uid = null, resourceVersion = null;
        var generation = 0L;
        DateTimeOffset? created = null, deleted = null;
        IReadOnlyDictionary<string, string>? labels = null, annotations = null;
        IReadOnlyList<string>? finalizers = null;
        IReadOnlyList<OwnerReference>? owners = null;
        ExpectedFields.Enter(ref reader, JsonTokenType.StartObject);
        while (JsonFields.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("name"u8))
            {
                name = ExpectedFields.ReadString(ref reader);
            }
            else if (reader.ValueTextEquals("generateName"u8))
            {
                generateName = ExpectedFields.ReadString(ref reader);
            }
            else if (reader.ValueTextEquals("namespace"u8))
            {
                inNamespace = ExpectedFields.ReadString(ref reader);
            }
            else if (reader.ValueTextEquals("uid"u8))
            {
                uid = ExpectedFields.ReadString(ref reader);
            }
            else if (reader.ValueTextEquals("resourceVersion"u8))
            {
                resourceVersion = ExpectedFields.ReadString(ref reader);
            }
            else if (reader.ValueTextEquals("generation"u8))
            {
                reader.Read();
                generation = reader.GetInt64();
            }
            else if (reader.ValueTextEquals("creationTimestamp"u8))
            {
                reader.Read();
                created = reader.GetDateTimeOffset();
            }
            else if (reader.ValueTextEquals("deletionTimestamp"u8))
            {
                reader.Read();
                deleted = reader.GetDateTimeOffset();
            }
            else if (reader.ValueTextEquals("labels"u8))
            {
                labels = ExpectedFields.ReadAs(ref reader, Texts);
            }
            else if (reader.ValueTextEquals("annotations"u8))
            {
                annotations = ExpectedFields.ReadAs(ref reader, Texts);
            }
            else if (reader.ValueTextEquals("finalizers"u8))
            {
                finalizers = ExpectedFields.ReadAs<IReadOnlyList<string>>(ref reader);
            }
            else if (reader.ValueTextEquals("ownerReferences"u8))
            {
                owners = ExpectedFields.ReadAs<IReadOnlyList<OwnerReference>>(ref reader);
            }
            else
            {
                JsonFields.SkipValue(ref reader);
            }
        }

        return new ObjectMeta
        {
            Name = name,
            GenerateName = generateName,
            Namespace = inNamespace,
            Uid = uid,
            ResourceVersion = resourceVersion,
            Generation = generation,
            CreationTimestamp = created,
            DeletionTimestamp = deleted,
            Labels = labels,
            Annotations = annotations,
            Finalizers = finalizers,
            OwnerReferences = owners,
        };
    }
}
