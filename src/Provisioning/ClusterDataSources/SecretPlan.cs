using System.Text.Json.Nodes;
using Provisioning.Kubernetes;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>Decides how an existing Secret, or none, becomes what is wanted. Pure.</summary>
internal static class SecretPlan
{
    /// <summary>The change. Labels, annotations and owner references of others survive; other keys of the data do not.</summary>
    public static SecretChange Decide(Secret? existing, WantedSecret wanted, ClusterDataSource owner)
    {
        if (existing is null)
        {
            return new SecretChange.Create(New(wanted, owner));
        }

        if (!IsOurs(existing, owner.Metadata))
        {
            return new SecretChange.Conflict();
        }

        var metadata = new JsonObject();
        AddDifferences(metadata, "labels", existing.Metadata.Labels, Labels());
        AddDifferences(metadata, "annotations", existing.Metadata.Annotations, Annotations(wanted, owner));
        var owners = Owners(existing, owner);
        if (!owners.SequenceEqual(existing.Metadata.OwnerReferences ?? []))
        {
            metadata["ownerReferences"] = new JsonArray([.. owners.Select(ToJson)]);
        }

        var data = DataDifferences(existing, wanted);
        if (metadata.Count == 0 && data.Count == 0)
        {
            return new SecretChange.None();
        }

        // Another controller may have written a password in between: then this patch must fail and the new one be read.
        metadata["resourceVersion"] = existing.Metadata.ResourceVersion;
        var patch = new JsonObject { ["metadata"] = metadata };
        if (data.Count > 0)
        {
            patch["data"] = data;
        }

        return new SecretChange.Merge(patch);
    }

    /// <summary>
    /// Whether the Secret is one that we wrote for this ClusterDataSource: it says so in its owner reference, or, after a restore (which
    /// drops owner references, or keeps those to a uid that no longer exists), in its annotation and kcm's label. What another controller owns is not.
    /// </summary>
    public static bool IsOurs(Secret secret, ObjectMeta owner)
    {
        var references = secret.Metadata.OwnerReferences ?? [];
        if (references.Any(reference => reference.Controller == true && !IsClusterDataSource(reference, owner.Name)))
        {
            return false;
        }

        return references.Any(reference => IsClusterDataSource(reference, owner.Name) && reference.Uid == owner.Uid)
            || (secret.Metadata.Annotations?.GetValueOrDefault(AnnotationNames.ClusterDataSource) == owner.Name
                && secret.Metadata.Labels?.GetValueOrDefault(LabelNames.Component) == LabelNames.ComponentValue);
    }

    private static Secret New(WantedSecret wanted, ClusterDataSource owner) => new()
    {
        Metadata = new ObjectMeta
        {
            Name = wanted.Name,
            Namespace = owner.Metadata.Namespace,
            Labels = Labels(),
            Annotations = Annotations(wanted, owner),
            OwnerReferences = [OwnerReference.ToController(owner)],
        },
        Type = "Opaque",
        Data = wanted.Data,
    };

    private static Dictionary<string, string> Labels() => new(StringComparer.Ordinal)
    {
        [LabelNames.Component] = LabelNames.ComponentValue,
        [LabelNames.Managed] = LabelNames.ManagedValue,
    };

    private static Dictionary<string, string> Annotations(WantedSecret wanted, ClusterDataSource owner) =>
        new(wanted.Annotations, StringComparer.Ordinal) { [AnnotationNames.ClusterDataSource] = owner.Metadata.Name! };

    private static List<OwnerReference> Owners(Secret existing, ClusterDataSource owner) =>
    [
        .. (existing.Metadata.OwnerReferences ?? []).Where(reference => !IsClusterDataSource(reference, owner.Metadata.Name)),
        OwnerReference.ToController(owner),
    ];

    private static bool IsClusterDataSource(OwnerReference reference, string? name) =>
        reference.Kind == ClusterDataSource.ResourceType.Kind
        && reference.ApiVersion.Split('/')[0] == ClusterDataSource.ResourceType.Group
        && reference.Name == name;

    private static void AddDifferences(JsonObject metadata, string field, IReadOnlyDictionary<string, string>? existing, Dictionary<string, string> wanted)
    {
        var differences = new JsonObject();
        foreach (var (key, value) in wanted.Where(entry => existing?.GetValueOrDefault(entry.Key) != entry.Value))
        {
            differences[key] = value;
        }

        if (differences.Count > 0)
        {
            metadata[field] = differences;
        }
    }

    private static JsonObject DataDifferences(Secret existing, WantedSecret wanted)
    {
        var differences = new JsonObject();
        foreach (var (key, value) in wanted.Data)
        {
            if (existing.Data?.GetValueOrDefault(key) is not { } stored || !stored.AsSpan().SequenceEqual(value))
            {
                differences[key] = Convert.ToBase64String(value);
            }
        }

        foreach (var key in existing.Data?.Keys.Where(key => !wanted.Data.ContainsKey(key)) ?? [])
        {
            differences[key] = null;
        }

        return differences;
    }

    private static JsonNode ToJson(OwnerReference reference)
    {
        var json = new JsonObject
        {
            ["apiVersion"] = reference.ApiVersion,
            ["kind"] = reference.Kind,
            ["name"] = reference.Name,
            ["uid"] = reference.Uid,
        };
        if (reference.Controller is { } controller)
        {
            json["controller"] = controller;
        }

        if (reference.BlockOwnerDeletion is { } block)
        {
            json["blockOwnerDeletion"] = block;
        }

        return json;
    }
}
