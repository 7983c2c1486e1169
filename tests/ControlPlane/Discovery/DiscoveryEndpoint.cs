using System.Text.Json.Nodes;
using ControlPlane.Resources;

namespace ControlPlane.Discovery;

/// <summary>Says what is served: <c>/api</c>, <c>/apis</c> and below, in the old form and in the aggregated one.</summary>
internal sealed class DiscoveryEndpoint(ResourceCatalog catalog)
{
    private const string AggregatedType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

    /// <summary>The answer for a path; null when nothing is served there.</summary>
    public (JsonObject Body, string ContentType)? Find(string path, string accept)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 1 && accept.Contains("apidiscovery.k8s.io;v=v2;", StringComparison.Ordinal))
        {
            return (AggregatedDiscovery.Build(catalog.All.Where(r => r.Group.Length == 0 == (parts[0] == "api"))), AggregatedType);
        }

        var body = parts switch
        {
            ["api"] => Versions(),
            ["api", var version] => Resources("", version),
            ["apis"] => Groups(),
            ["apis", var group] => Group(group),
            ["apis", var group, var version] => Resources(group, version),
            _ => null,
        };
        return body is null ? null : (body, "application/json");
    }

    private static JsonObject Versions() => new()
    {
        ["kind"] = "APIVersions",
        ["versions"] = new JsonArray("v1"),
        ["serverAddressByClientCIDRs"] = new JsonArray(),
    };

    private JsonObject Groups() => new()
    {
        ["kind"] = "APIGroupList",
        ["apiVersion"] = "v1",
        ["groups"] = new JsonArray([.. catalog.All.Where(r => r.Group.Length > 0)
            .Select(r => r.Group)
            .Distinct(StringComparer.Ordinal)
            .Select(g => Entry(g, catalog.All))]),
    };

    private JsonObject? Group(string group)
    {
        if (group.Length == 0 || !catalog.All.Any(r => r.Group == group))
        {
            return null;
        }

        var entry = Entry(group, catalog.All);
        entry["kind"] = "APIGroup";
        entry["apiVersion"] = "v1";
        return entry;
    }

    private static JsonObject Entry(string group, IEnumerable<ResourceDefinition> all)
    {
        var versions = all.Where(r => r.Group == group).Select(r => r.Version).Distinct(StringComparer.Ordinal).ToList();
        return new JsonObject
        {
            ["name"] = group,
            ["versions"] = new JsonArray([.. versions.Select(v => Version(group, v))]),
            ["preferredVersion"] = Version(group, versions[0]),
        };
    }

    private static JsonObject Version(string group, string version) => new() { ["groupVersion"] = $"{group}/{version}", ["version"] = version };

    private JsonObject? Resources(string group, string version)
    {
        var found = catalog.All.Where(r => r.Group == group && r.Version == version).ToList();
        if (found.Count == 0)
        {
            return null;
        }

        var resources = new JsonArray();
        foreach (var resource in found)
        {
            var entry = new JsonObject
            {
                ["name"] = resource.Plural,
                ["singularName"] = resource.Singular,
                ["namespaced"] = resource.IsNamespaced,
                ["kind"] = resource.Kind,
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

            resources.Add(entry);
            foreach (var subresource in resource.Subresources)
            {
                resources.Add(new JsonObject
                {
                    ["name"] = $"{resource.Plural}/{subresource}",
                    ["singularName"] = "",
                    ["namespaced"] = resource.IsNamespaced,
                    ["kind"] = AggregatedDiscovery.KindOf(resource, subresource),
                    ["verbs"] = Texts(AggregatedDiscovery.VerbsOf(subresource)),
                });
            }
        }

        return new JsonObject
        {
            ["kind"] = "APIResourceList",
            ["apiVersion"] = "v1",
            ["groupVersion"] = group.Length == 0 ? version : $"{group}/{version}",
            ["resources"] = resources,
        };
    }

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(t => (JsonNode?)JsonValue.Create(t))]);
}
