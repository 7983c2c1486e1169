using System.Text.Json;
using Provisioning.Kubernetes;
using Webhook.Admission;

namespace Webhook.Injection;

/// <summary>
/// Reads <see cref="ReleaseFields"/> from raw JSON in one pass, without a model of the values. The bytes have been checked to be JSON.
/// </summary>
internal static class ReleaseReader
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = AdmissionReviewReader.MaxDepth };

    /// <summary>Reads a release; one without an owner of ours only as far as its metadata.</summary>
    /// <exception cref="JsonException">The bytes are no JSON object.</exception>
    public static ReleaseFields Read(ReadOnlySpan<byte> utf8Release)
    {
        var reader = new Utf8JsonReader(utf8Release, Options);
        var fields = new ReleaseFields();
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("The release is not an object.");
        }

        var metadataIsRead = false;
        while (Next(ref reader))
        {
            if (reader.ValueTextEquals("metadata"u8))
            {
                fields = ReadMetadata(ref reader, fields);
                metadataIsRead = true;
            }
            else if (reader.ValueTextEquals("spec"u8) && !(metadataIsRead && (fields.Owners.Count == 0 || fields.IsBeingDeleted)))
            {
                fields = ReadSpec(ref reader, fields);
            }
            else if (metadataIsRead && fields.Owners.Count == 0)
            {
                return fields;
            }
            else
            {
                Skip(ref reader);
            }
        }

        return fields;
    }

    private static ReleaseFields ReadMetadata(ref Utf8JsonReader reader, ReleaseFields fields)
    {
        if (Enter(ref reader) != FieldState.Object)
        {
            return fields;
        }

        while (Next(ref reader))
        {
            if (reader.ValueTextEquals("deletionTimestamp"u8))
            {
                reader.Read();
                fields = fields with { IsBeingDeleted = reader.TokenType != JsonTokenType.Null };
                reader.Skip();
            }
            else if (reader.ValueTextEquals("ownerReferences"u8))
            {
                fields = fields with { Owners = ReadOwners(ref reader) };
            }
            else
            {
                Skip(ref reader);
            }
        }

        return fields;
    }

    private static List<OwnerReference> ReadOwners(ref Utf8JsonReader reader)
    {
        var owners = new List<OwnerReference>();
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return owners;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
            }
            else if (ReadOwner(ref reader) is { } owner && IsClusterDeployment(owner) && owners.Count <= ReleaseFields.MaxOwners)
            {
                owners.Add(owner);
            }
        }

        return owners;
    }

    private static OwnerReference ReadOwner(ref Utf8JsonReader reader)
    {
        var owner = new OwnerReference();
        while (Next(ref reader))
        {
            if (reader.ValueTextEquals("apiVersion"u8))
            {
                owner = owner with { ApiVersion = ReadString(ref reader) ?? "" };
            }
            else if (reader.ValueTextEquals("kind"u8))
            {
                owner = owner with { Kind = ReadString(ref reader) ?? "" };
            }
            else if (reader.ValueTextEquals("name"u8))
            {
                owner = owner with { Name = ReadString(ref reader) ?? "" };
            }
            else if (reader.ValueTextEquals("uid"u8))
            {
                owner = owner with { Uid = ReadString(ref reader) ?? "" };
            }
            else
            {
                Skip(ref reader);
            }
        }

        return owner;
    }

    private static bool IsClusterDeployment(OwnerReference owner) =>
        owner.Kind == "ClusterDeployment" && owner.ApiVersion.StartsWith("k0rdent.mirantis.com/", StringComparison.Ordinal) && owner.Name.Length > 0;

    private static ReleaseFields ReadSpec(ref Utf8JsonReader reader, ReleaseFields fields)
    {
        var spec = Enter(ref reader);
        fields = fields with { Spec = spec, Values = FieldState.Absent, DataSource = FieldState.Absent, Known = null };
        while (spec == FieldState.Object && Next(ref reader))
        {
            if (reader.ValueTextEquals("values"u8))
            {
                fields = ReadValues(ref reader, fields);
            }
            else
            {
                Skip(ref reader);
            }
        }

        return fields;
    }

    private static ReleaseFields ReadValues(ref Utf8JsonReader reader, ReleaseFields fields)
    {
        var values = Enter(ref reader);
        fields = fields with { Values = values, DataSource = FieldState.Absent, Known = null };
        while (values == FieldState.Object && Next(ref reader))
        {
            if (reader.ValueTextEquals("dataSource"u8))
            {
                var dataSource = Enter(ref reader);
                var name = (string?)null;
                var known = dataSource == FieldState.Object ? ReadDataSource(ref reader, out name) : null;
                fields = fields with { DataSource = dataSource, Known = known, KineDataSourceSecretName = name };
            }
            else
            {
                Skip(ref reader);
            }
        }

        return fields;
    }

    private static DataSourceValues? ReadDataSource(ref Utf8JsonReader reader, out string? secretName)
    {
        secretName = null;
        CaSecretValues? authority = null;
        var isKnown = true;
        while (Next(ref reader))
        {
            if (reader.ValueTextEquals("kineDataSourceSecretName"u8))
            {
                secretName = ReadString(ref reader);
            }
            else if (reader.ValueTextEquals("caSecret"u8))
            {
                authority = ReadAuthority(ref reader);
                isKnown &= authority is not null;
            }
            else
            {
                isKnown = false;
                Skip(ref reader);
            }
        }

        return isKnown && secretName is not null ? new DataSourceValues(secretName, authority) : null;
    }

    private static CaSecretValues? ReadAuthority(ref Utf8JsonReader reader)
    {
        string? name = null;
        string? key = null;
        var hasOthers = false;
        var state = Enter(ref reader);
        while (state == FieldState.Object && Next(ref reader))
        {
            if (reader.ValueTextEquals("name"u8))
            {
                name = ReadString(ref reader);
            }
            else if (reader.ValueTextEquals("key"u8))
            {
                key = ReadString(ref reader);
            }
            else
            {
                hasOthers = true;
                Skip(ref reader);
            }
        }

        return name is not null && key is not null && !hasOthers ? new CaSecretValues(name, key) : null;
    }

    private static bool Next(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.PropertyName;
    }

    private static void Skip(ref Utf8JsonReader reader)
    {
        reader.Read();
        reader.Skip();
    }

    /// <summary>Goes to the value of the current property, into it when it is an object, else over it.</summary>
    private static FieldState Enter(ref Utf8JsonReader reader)
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

    private static string? ReadString(ref Utf8JsonReader reader)
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
