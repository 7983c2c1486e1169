using System.Text.Json.Nodes;
using ControlPlane.Resources;

namespace ControlPlane.Discovery;

/// <summary>Builds <c>apidiscovery.k8s.io/v2 APIGroupDiscoveryList</c>: everything in one answer.</summary>
internal static class AggregatedDiscovery
{
    /// <summary>The kind that a subresource takes and gives.</summary>
    public static string KindOf(ResourceDefinition resource, string subresource) => subresource == "token" ? "TokenRequest" : resource.Kind;

    /// <summary>What can be done with a subresource.</summary>
    public static IReadOnlyList<string> VerbsOf(string subresource) => subresource switch
    {
        "token" => ["create"],
        "finalize" => ["update"],
        _ => ["get", "patch", "update"],
    };

    /// <summary>Builds the list.</summary>
    public static JsonObject Build(IEnumerable<ResourceDefinition> resources)
    {
        var groups = new JsonArray();
        foreach (var group in resources.GroupBy(r => r.Group, StringComparer.Ordinal))
        {
            var metadata = new JsonObject();
            if (group.Key.Length > 0)
            {
                metadata["name"] = group.Key;
            }

            groups.Add(new JsonObject
            {
                ["metadata"] = metadata,
                ["versions"] = new JsonArray([.. group.GroupBy(r => r.Version, StringComparer.Ordinal).Select(version => new JsonObject
                {
                    ["version"] = version.Key,
                    ["freshness"] = "Current",
                    ["resources"] = new JsonArray([.. version.Select(Resource)]),
                })]),
            });
        }

        return new JsonObject
        {
            ["kind"] = "APIGroupDiscoveryList",
            ["apiVersion"] = "apidiscovery.k8s.io/v2",
            ["metadata"] = new JsonObject(),
            ["items"] = groups,
        };
    }

    private static JsonObject Resource(ResourceDefinition resource)
    {
        var entry = new JsonObject
        {
            ["resource"] = resource.Plural,
            ["responseKind"] = Kind(resource.Group, resource.Version, resource.Kind),
            ["scope"] = resource.IsNamespaced ? "Namespaced" : "Cluster",
            ["singularResource"] = resource.Singular,
            ["verbs"] = Texts(resource.Verbs),
        };
        if (resource.ShortNames.Count > 0)
        {
            entry["shortNames"] = Texts(resource.ShortNames);
        }

        if (resource.Categories.Count > 0)
        {
            entry["categories"] = Texts(resource.Categories);
        }

        if (resource.Subresources.Count > 0)
        {
            entry["subresources"] = new JsonArray([.. resource.Subresources.Select(subresource => new JsonObject
            {
                ["subresource"] = subresource,
                ["responseKind"] = subresource == "token"
                    ? Kind("authentication.k8s.io", "v1", "TokenRequest")
                    : Kind(resource.Group, resource.Version, resource.Kind),
                ["verbs"] = Texts(VerbsOf(subresource)),
            })]);
        }

        return entry;
    }

    private static JsonObject Kind(string group, string version, string kind)
        => new() { ["group"] = group, ["version"] = version, ["kind"] = kind };

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(t => (JsonNode?)JsonValue.Create(t))]);
}
