using System.Globalization;
using System.Text.Json.Nodes;
using ControlPlane.Client;
using ControlPlane.Http;
using ControlPlane.Schema;

namespace ControlPlane.Resources;

/// <summary>The kinds that the API serves without any CustomResourceDefinition, read from the notation of this folder's YAML files.</summary>
internal static class BuiltIns
{
    private static readonly Lazy<IReadOnlyList<ResourceDefinition>> Read = new(() => [.. ReadAll()]);

    /// <summary>All built-in resources.</summary>
    public static IReadOnlyList<ResourceDefinition> All => Read.Value;

    private static IEnumerable<ResourceDefinition> ReadAll()
    {
        var assembly = typeof(BuiltIns).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(n => n.EndsWith(".yaml", StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            foreach (var document in Manifest.Read(reader.ReadToEnd()))
            {
                foreach (var resource in document["resources"]!.AsArray())
                {
                    yield return ToDefinition(document, resource!.AsObject());
                }
            }
        }
    }

    private static ResourceDefinition ToDefinition(JsonObject group, JsonObject resource)
    {
        var kind = resource["kind"].Text()!;
        var schema = new ObjectSchema(ToSchema(resource["fields"])).WithMetadata();
        return new ResourceDefinition
        {
            Group = group["group"].Text()!,
            Version = group["version"].Text()!,
            Kind = kind,
            ListKind = kind + "List",
            Plural = resource["plural"].Text()!,
            Singular = kind.ToLowerInvariant(),
            IsNamespaced = resource["scope"].Text() != "Cluster",
            ShortNames = [.. resource["short"].Texts()],
            Categories = [.. resource["categories"].Texts()],
            Subresources = [.. resource["subresources"].Texts()],
            Verbs = resource["verbs"] is JsonArray verbs ? [.. verbs.Texts()] : ResourceDefinition.AllVerbs,
            HasGeneration = resource["generation"].IsTrue(),
            Schema = schema,
            Columns = Columns(resource),
        };
    }

    private static List<PrinterColumn>? Columns(JsonObject resource)
    {
        var columns = resource["columns"].Texts().Select(ToColumn).ToList();
        // Kinds that show the time itself show no age.
        return columns.Count == 0 ? null : columns.Exists(c => c.Name == "Created At") ? columns : [.. columns, Age];
    }

    private static PrinterColumn Age => new("Age", "string", "age:.metadata.creationTimestamp", 0, "", "");

    private static PrinterColumn ToColumn(string text)
    {
        var parts = text.Split('|');
        return new PrinterColumn(parts[0], parts[1], parts[2], 0, "", "");
    }

    private static JsonObject ToSchema(JsonNode? notation) => notation switch
    {
        JsonArray list => ToList(list),
        JsonObject fields => ToObject(fields),
        _ => ToScalar(notation.Text() ?? "any"),
    };

    private static JsonObject ToList(JsonArray list)
    {
        var schema = new JsonObject { ["type"] = "array", ["nullable"] = true };
        if (list[0].Text() == "$set")
        {
            schema["x-kubernetes-list-type"] = "set";
            schema["items"] = ToSchema(list[1]);
            return schema;
        }

        if ((list[0] as JsonObject)?["$keys"] is not JsonArray keys)
        {
            schema["items"] = ToSchema(list[0]);
            return schema;
        }

        schema["x-kubernetes-list-type"] = "map";
        schema["x-kubernetes-list-map-keys"] = keys.DeepClone();
        schema["items"] = ToSchema(list[0]);
        return schema;
    }

    private static JsonObject ToObject(JsonObject fields)
    {
        var schema = new JsonObject { ["type"] = "object" };
        var properties = new JsonObject();
        foreach (var (name, value) in fields)
        {
            switch (name)
            {
                case "$keys":
                    break;
                case "$open":
                    schema["x-kubernetes-preserve-unknown-fields"] = true;
                    break;
                case "$atomic":
                    schema["x-kubernetes-map-type"] = "atomic";
                    break;
                case "$default":
                    schema["default"] = value!.DeepClone();
                    break;
                case "*":
                    schema["additionalProperties"] = ToSchema(value);
                    break;
                default:
                    properties[name] = ToSchema(value);
                    break;
            }
        }

        if (properties.Count > 0)
        {
            schema["properties"] = properties;
        }

        return schema;
    }

    private static JsonObject ToScalar(string notation)
    {
        var parts = notation.Split('=', 2);
        var schema = parts[0] switch
        {
            "string" => new JsonObject { ["type"] = "string" },
            "bytes" => new JsonObject { ["type"] = "string", ["format"] = "byte" },
            "time" => new JsonObject { ["type"] = "string", ["format"] = "date-time", ["nullable"] = true },
            "int" => new JsonObject { ["type"] = "integer", ["format"] = "int64" },
            "bool" => new JsonObject { ["type"] = "boolean" },
            "intOrString" => new JsonObject { ["x-kubernetes-int-or-string"] = true },
            "any" => new JsonObject { ["x-kubernetes-preserve-unknown-fields"] = true },
            _ => throw new InvalidOperationException($"unknown notation {notation}"),
        };
        if (parts.Length == 2)
        {
            schema["default"] = parts[0] == "int" ? JsonValue.Create(long.Parse(parts[1], CultureInfo.InvariantCulture)) : JsonValue.Create(parts[1]);
        }

        return schema;
    }
}
