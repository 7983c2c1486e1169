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
    public static ReleaseFields Read(ReadOnlySpan<byte> utf8Release) => Read(utf8Release, withoutOwner: false);

    /// <summary>Reads a release, also one without an owner of ours.</summary>
    /// <exception cref="JsonException">The bytes are no JSON object.</exception>
    public static ReleaseFields ReadAll(ReadOnlySpan<byte> utf8Release) => Read(utf8Release, withoutOwner: true);

    private static ReleaseFields Read(ReadOnlySpan<byte> rest, bool withoutOwner)
    {
        var reader = new Utf8JsonReader(rest, Options);
        var fields = new ReleaseFields();
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("The release is not an object.");
        }

        var metadataIsRead = false;
        while (JsonFields.NextProperty(ref reader))
        {
            var isNotOurs = metadataIsRead && fields.Owners.Count == 0 && !withoutOwner;
            if (reader.ValueTextEquals("metadata"u8))
            {
                fields = ReadMetadata(ref reader, ref rest, fields);
                metadataIsRead = true;
            }
            else if (reader.ValueTextEquals("spec"u8) && !isNotOurs && !fields.IsBeingDeleted)
            {
                fields = ReadSpec(ref reader, ref rest, fields);
            }
            else if (isNotOurs)
            {
                return fields;
            }
            else
            {
                CheckedJson.Skip(ref reader, ref rest);
            }
        }

        return fields;
    }

    private static ReleaseFields ReadMetadata(ref Utf8JsonReader reader, ref ReadOnlySpan<byte> rest, ReleaseFields fields)
    {
        if (JsonSteps.Enter(ref reader) != FieldState.Object)
        {
            return fields;
        }

        while (JsonFields.NextProperty(ref reader))
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
                CheckedJson.Skip(ref reader, ref rest);
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
        while (JsonFields.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("apiVersion"u8))
            {
                owner = owner with { ApiVersion = JsonSteps.ReadString(ref reader) ?? "" };
            }
            else if (reader.ValueTextEquals("kind"u8))
            {
                owner = owner with { Kind = JsonSteps.ReadString(ref reader) ?? "" };
            }
            else if (reader.ValueTextEquals("name"u8))
            {
                owner = owner with { Name = JsonSteps.ReadString(ref reader) ?? "" };
            }
            else if (reader.ValueTextEquals("uid"u8))
            {
                owner = owner with { Uid = JsonSteps.ReadString(ref reader) ?? "" };
            }
            else
            {
                JsonFields.SkipValue(ref reader);
            }
        }

        return owner;
    }

    private static bool IsClusterDeployment(OwnerReference owner) =>
        owner.Kind == "ClusterDeployment" && owner.ApiVersion.StartsWith("k0rdent.mirantis.com/", StringComparison.Ordinal) && owner.Name.Length > 0;

    private static ReleaseFields ReadSpec(ref Utf8JsonReader reader, ref ReadOnlySpan<byte> rest, ReleaseFields fields)
    {
        var spec = JsonSteps.Enter(ref reader);
        fields = fields with { Spec = spec, Values = FieldState.Absent, DataSource = FieldState.Absent, Known = null, Overrides = [] };
        while (spec == FieldState.Object && JsonFields.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("values"u8))
            {
                fields = ReadValues(ref reader, ref rest, fields);
            }
            else if (reader.ValueTextEquals("valuesFrom"u8))
            {
                fields = fields with { Overrides = ReadOverrides(ref reader) };
            }
            else
            {
                CheckedJson.Skip(ref reader, ref rest);
            }
        }

        return fields;
    }

    private static ReleaseFields ReadValues(ref Utf8JsonReader reader, ref ReadOnlySpan<byte> rest, ReleaseFields fields)
    {
        var values = JsonSteps.Enter(ref reader);
        fields = fields with { Values = values, DataSource = FieldState.Absent, Known = null };
        while (values == FieldState.Object && JsonFields.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("dataSource"u8))
            {
                var dataSource = JsonSteps.Enter(ref reader);
                var name = (string?)null;
                var known = dataSource == FieldState.Object ? DataSourceValuesReader.Read(ref reader, out name) : null;
                fields = fields with { DataSource = dataSource, Known = known, KineDataSourceSecretName = name };
            }
            else
            {
                CheckedJson.Skip(ref reader, ref rest);
            }
        }

        return fields;
    }

    private static List<ValueOverride> ReadOverrides(ref Utf8JsonReader reader)
    {
        var overrides = new List<ValueOverride>();
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return overrides;
        }

        for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }

            string? targetPath = null;
            while (JsonFields.NextProperty(ref reader))
            {
                if (reader.ValueTextEquals("targetPath"u8))
                {
                    targetPath = JsonSteps.ReadString(ref reader);
                }
                else
                {
                    JsonFields.SkipValue(ref reader);
                }
            }

            if (new ValueOverride(index, targetPath ?? "") is { IsForDataSource: true } found && overrides.Count < ReleaseFields.MaxOverrides)
            {
                overrides.Add(found);
            }
        }

        return overrides;
    }
}
