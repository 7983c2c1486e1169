using System.Text.Json;
using Provisioning.Kubernetes;
using Provisioning.Resources;

namespace Webhook.Offline;

/// <summary>One object of ours out of a manifest.</summary>
/// <param name="File">Where it stands.</param>
/// <param name="Node">What stands there.</param>
/// <param name="Resource">What of it has the right form, with its namespace.</param>
/// <param name="FormViolations">Fields of another type than the schema says, and fields that the kind does not have.</param>
internal sealed record ManifestObject(string File, ManifestNode Node, Resource Resource, IReadOnlyList<FieldViolation> FormViolations)
{
    /// <summary><c>Kind namespace/name</c>.</summary>
    public string Subject => $"{Node.TextOf("kind")} {Resource.Key}";

    /// <summary>The objects that a document holds: itself, or the items of a List, of whatever depth.</summary>
    public static IEnumerable<ManifestNode> Unfold(ManifestNode document) =>
        document.TextOf("kind").EndsWith("List", StringComparison.Ordinal) && document["items"] is { Type: NodeType.Array } items
            ? items.Items.SelectMany(Unfold)
            : [document];

    /// <summary>Reads an object; null when it is not of a kind that is checked.</summary>
    /// <param name="file">Where it stands.</param>
    /// <param name="node">The object.</param>
    /// <param name="defaultNamespace">The namespace of an object that names none.</param>
    public static ManifestObject? Read(string file, ManifestNode node, string defaultNamespace) =>
        !node.TextOf("apiVersion").StartsWith($"{DataSource.ResourceType.Group}/", StringComparison.Ordinal) ? null : node.TextOf("kind") switch
        {
            "DataSource" => Read<DataSource>(file, node, defaultNamespace, isWhollyKnown: true),
            "ClusterDataSource" => Read<ClusterDataSource>(file, node, defaultNamespace, isWhollyKnown: true),
            "ClusterDeployment" => Read<ClusterDeployment>(file, node, defaultNamespace, isWhollyKnown: false),
            _ => null,
        };

    private static ManifestObject Read<T>(string file, ManifestNode node, string defaultNamespace, bool isWhollyKnown)
        where T : Resource, IResource
    {
        var schema = new SchemaCheck();
        var json = schema.Check(node, KubernetesJson.Options.GetTypeInfo(typeof(T)), "", isWhollyKnown);
        var resource = json.Deserialize<T>(KubernetesJson.Options)!;
        var violations = schema.Violations;
        if (isWhollyKnown && resource.ApiVersion != T.ResourceType.ApiVersion)
        {
            violations.Add(FieldViolation.NotSupported("apiVersion", resource.ApiVersion, T.ResourceType.ApiVersion));
        }

        if (string.IsNullOrEmpty(resource.Metadata.Name) && string.IsNullOrEmpty(resource.Metadata.GenerateName)
            && !violations.Exists(violation => violation.Field is "metadata" or "metadata.name"))
        {
            violations.Add(FieldViolation.Required("metadata.name"));
        }

        var inNamespace = string.IsNullOrEmpty(resource.Metadata.Namespace) ? defaultNamespace : resource.Metadata.Namespace;
        return new ManifestObject(file, node, resource with { Metadata = resource.Metadata with { Namespace = inNamespace } }, violations);
    }
}
