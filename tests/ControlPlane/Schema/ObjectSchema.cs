using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ControlPlane.Http;

namespace ControlPlane.Schema;

/// <summary>
/// One node of a structural schema: OpenAPI v3 as CustomResourceDefinitions use it. Built-in kinds have one too, so that pruning, field
/// ownership, merging and validation are written once.
/// </summary>
internal sealed class ObjectSchema
{
    /// <summary>Accepts anything and keeps it.</summary>
    public static readonly ObjectSchema Any = new(new JsonObject { ["x-kubernetes-preserve-unknown-fields"] = true });

    private readonly Lazy<Regex?> _pattern;

    public ObjectSchema(JsonObject source)
    {
        Source = source;
        Type = source["type"].Text() ?? "";
        IsNullable = source["nullable"].IsTrue();
        PreservesUnknown = source["x-kubernetes-preserve-unknown-fields"].IsTrue();
        IsIntOrString = source["x-kubernetes-int-or-string"].IsTrue();
        IsEmbeddedResource = source["x-kubernetes-embedded-resource"].IsTrue();
        ListType = source["x-kubernetes-list-type"].Text() ?? "atomic";
        ListMapKeys = [.. source["x-kubernetes-list-map-keys"].Texts()];
        IsAtomicMap = source["x-kubernetes-map-type"].Text() == "atomic";
        Properties = (source["properties"] as JsonObject ?? [])
            .Where(p => p.Value is JsonObject)
            .ToDictionary(p => p.Key, p => new ObjectSchema(p.Value!.AsObject()), StringComparer.Ordinal);
        Items = source["items"] is JsonObject items ? new ObjectSchema(items) : null;
        AdditionalProperties = source["additionalProperties"] switch
        {
            JsonObject schema => new ObjectSchema(schema),
            JsonValue value when value.IsTrue() => Any,
            _ => null,
        };
        Required = [.. source["required"].Texts()];
        Default = source["default"];
        Rules = [.. (source["x-kubernetes-validations"] as JsonArray ?? []).OfType<JsonObject>()];
        _pattern = new Lazy<Regex?>(() => source["pattern"].Text() is { } pattern
            ? new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1))
            : null);
    }

    private ObjectSchema(ObjectSchema other, IReadOnlyDictionary<string, ObjectSchema> properties)
        : this(other.Source) => Properties = properties;

    /// <summary>The schema as written.</summary>
    public JsonObject Source { get; }

    /// <summary>object, array, string, integer, number, boolean; empty for anything.</summary>
    public string Type { get; }

    public bool IsNullable { get; }

    /// <summary>Fields that are not declared are kept.</summary>
    public bool PreservesUnknown { get; }

    public bool IsIntOrString { get; }

    public bool IsEmbeddedResource { get; }

    /// <summary>atomic, set or map.</summary>
    public string ListType { get; }

    /// <summary>What identifies an item of a list of type map.</summary>
    public IReadOnlyList<string> ListMapKeys { get; }

    /// <summary>The map is replaced and owned as a whole.</summary>
    public bool IsAtomicMap { get; }

    public IReadOnlyDictionary<string, ObjectSchema> Properties { get; }

    public ObjectSchema? Items { get; }

    public ObjectSchema? AdditionalProperties { get; }

    public IReadOnlyList<string> Required { get; }

    public JsonNode? Default { get; }

    /// <summary><c>x-kubernetes-validations</c>.</summary>
    public IReadOnlyList<JsonObject> Rules { get; }

    public Regex? Pattern => _pattern.Value;

    /// <summary>The schema of a field; null when the field is not known here.</summary>
    public ObjectSchema? Field(string name)
        => Properties.TryGetValue(name, out var property) ? property : AdditionalProperties ?? (PreservesUnknown ? Any : null);

    /// <summary>The schema with the standard fields of every object.</summary>
    public ObjectSchema WithMetadata()
    {
        var properties = new Dictionary<string, ObjectSchema>(Properties, StringComparer.Ordinal)
        {
            ["apiVersion"] = new(new JsonObject { ["type"] = "string" }),
            ["kind"] = new(new JsonObject { ["type"] = "string" }),
            ["metadata"] = MetadataSchema.Instance,
        };
        return new ObjectSchema(this, properties);
    }
}
