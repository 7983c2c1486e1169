using System.Text.Json.Nodes;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>Patches of a ClusterDataSource itself, each conditional on the version that it was planned on. Pure.</summary>
internal static class ObjectPatches
{
    /// <summary>Puts the finalizer on and records the database's name, before any SQL. Null when both are there.</summary>
    public static JsonObject? Claim(ClusterDataSource current, string database)
    {
        var metadata = new JsonObject();
        if (!HasFinalizer(current))
        {
            metadata["finalizers"] = ToJson([.. current.Metadata.Finalizers ?? [], ClusterDataSource.Finalizer]);
        }

        if (current.Metadata.Annotations?.GetValueOrDefault(AnnotationNames.Database) != database)
        {
            metadata["annotations"] = new JsonObject { [AnnotationNames.Database] = database };
        }

        return Conditional(current, metadata);
    }

    /// <summary>Records what is published, and takes back the permission for an empty database. Null when it is recorded.</summary>
    public static JsonObject? Record(ClusterDataSource current, PublishedSecrets published)
    {
        var annotations = new JsonObject();
        var text = published.ToAnnotation();
        if (current.Metadata.Annotations?.GetValueOrDefault(AnnotationNames.PublishedSecrets) != text)
        {
            annotations[AnnotationNames.PublishedSecrets] = text;
        }

        if (current.Metadata.Annotations?.ContainsKey(AnnotationNames.AllowEmptyDatabase) == true)
        {
            annotations[AnnotationNames.AllowEmptyDatabase] = null;
        }

        return Conditional(current, annotations.Count == 0 ? [] : new JsonObject { ["annotations"] = annotations });
    }

    /// <summary>Takes the finalizer off; other finalizers stay.</summary>
    public static JsonObject RemoveFinalizer(ClusterDataSource current) => Conditional(current, new JsonObject
    {
        ["finalizers"] = ToJson((current.Metadata.Finalizers ?? []).Where(finalizer => finalizer != ClusterDataSource.Finalizer)),
    })!;

    public static bool HasFinalizer(ClusterDataSource current) =>
        current.Metadata.Finalizers?.Contains(ClusterDataSource.Finalizer, StringComparer.Ordinal) == true;

    private static JsonObject? Conditional(ClusterDataSource current, JsonObject metadata)
    {
        if (metadata.Count == 0)
        {
            return null;
        }

        metadata["resourceVersion"] = current.Metadata.ResourceVersion;
        return new JsonObject { ["metadata"] = metadata };
    }

    private static JsonArray ToJson(IEnumerable<string> values) => new([.. values.Select(value => JsonValue.Create(value))]);
}
