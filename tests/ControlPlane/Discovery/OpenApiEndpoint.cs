using System.Text.Json.Nodes;
using ControlPlane.Resources;

namespace ControlPlane.Discovery;

/// <summary>
/// OpenAPI v3 of what is served: enough for <c>kubectl explain</c>, and for kubectl to see that the server validates fields itself.
/// </summary>
internal sealed class OpenApiEndpoint(ResourceCatalog catalog)
{
    /// <summary>The answer for a path; null when nothing is served there.</summary>
    public JsonObject? Find(string path)
    {
        const string Root = "/openapi/v3";
        if (path.TrimEnd('/') == Root)
        {
            var paths = new JsonObject();
            foreach (var prefix in catalog.All.Select(Prefix).Distinct(StringComparer.Ordinal))
            {
                // kubectl caches by this address, so it changes with the content.
                paths[prefix] = new JsonObject { ["serverRelativeURL"] = $"{Root}/{prefix}?hash={Hash(prefix)}" };
            }

            return new JsonObject { ["paths"] = paths };
        }

        var found = catalog.All.Where(r => path == $"{Root}/{Prefix(r)}").ToList();
        return found.Count == 0 ? null : Document(found);
    }

    private static string Prefix(ResourceDefinition resource)
        => resource.Group.Length == 0 ? $"api/{resource.Version}" : $"apis/{resource.Group}/{resource.Version}";

    private string Hash(string prefix)
    {
        var content = string.Concat(catalog.All.Where(r => Prefix(r) == prefix).Select(r => r.Kind + r.Schema.Source.ToJsonString()));
        var digest = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(content));
        return Convert.ToHexStringLower(digest.AsSpan(0, 16));
    }

    private static JsonObject Document(List<ResourceDefinition> resources)
    {
        var paths = new JsonObject();
        var schemas = new JsonObject();
        foreach (var resource in resources)
        {
            var schema = (JsonObject)resource.Schema.Source.DeepClone();
            schema["type"] = "object";
            var properties = schema["properties"] as JsonObject ?? [];
            foreach (var name in (string[])["apiVersion", "kind"])
            {
                properties[name] ??= new JsonObject { ["type"] = "string" };
            }

            properties["metadata"] = Schema.MetadataSchema.Instance.Source.DeepClone();
            schema["properties"] = properties.Parent is null ? properties : properties.DeepClone();
            schema["x-kubernetes-group-version-kind"] = new JsonArray(Kind(resource));
            schemas[Name(resource)] = schema;

            var scope = resource.IsNamespaced ? "/namespaces/{namespace}" : "";
            var collection = $"/{Prefix(resource)}{scope}/{resource.Plural}";
            paths[collection] = new JsonObject { ["post"] = Operation(resource, "post"), ["get"] = Operation(resource, "list") };
            if (resource.Verbs.Contains("patch", StringComparer.Ordinal))
            {
                paths[collection + "/{name}"] = new JsonObject
                {
                    ["get"] = Operation(resource, "get"),
                    ["put"] = Operation(resource, "put"),
                    ["patch"] = Operation(resource, "patch"),
                    ["delete"] = Operation(resource, "delete"),
                };
            }
        }

        return new JsonObject
        {
            ["openapi"] = "3.0.0",
            ["info"] = new JsonObject { ["title"] = "Kubernetes", ["version"] = VersionInfo.GitVersion },
            ["paths"] = paths,
            ["components"] = new JsonObject { ["schemas"] = schemas },
        };
    }

    private static JsonObject Operation(ResourceDefinition resource, string action)
    {
        var operation = new JsonObject
        {
            ["x-kubernetes-action"] = action,
            ["x-kubernetes-group-version-kind"] = Kind(resource),
            ["responses"] = new JsonObject
            {
                ["200"] = new JsonObject
                {
                    ["description"] = "OK",
                    ["content"] = new JsonObject
                    {
                        ["application/json"] = new JsonObject
                        {
                            ["schema"] = new JsonObject { ["$ref"] = $"#/components/schemas/{Name(resource)}" },
                        },
                    },
                },
            },
        };
        if (action is "post" or "put" or "patch")
        {
            operation["parameters"] = new JsonArray([.. ((string[])["dryRun", "fieldManager", "fieldValidation"]).Select(p => new JsonObject
            {
                ["name"] = p,
                ["in"] = "query",
                ["schema"] = new JsonObject { ["type"] = "string" },
            })]);
        }

        return operation;
    }

    private static JsonObject Kind(ResourceDefinition resource) => new()
    {
        ["group"] = resource.Group,
        ["version"] = resource.Version,
        ["kind"] = resource.Kind,
    };

    /// <summary>The group's name backwards, then version and kind, as schemas are named.</summary>
    private static string Name(ResourceDefinition resource)
    {
        var group = resource.Group.Length == 0 ? "io.k8s.api.core" : string.Join('.', resource.Group.Split('.').Reverse());
        return $"{group}.{resource.Version}.{resource.Kind}";
    }
}
