using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Provisioning.Resources;

namespace Webhook.Offline;

/// <summary>
/// What the API server's schema says before any rule: the types of fields and which fields there are. It is taken from the records that the
/// rules work on. No value is shown: a string in the wrong place may be a password.
/// </summary>
internal sealed class SchemaCheck
{
    /// <summary>What was found so far, in the order of the object's fields.</summary>
    public List<FieldViolation> Violations { get; } = [];

    /// <summary>Checks a value and returns what of it has the right form.</summary>
    /// <param name="node">The value.</param>
    /// <param name="type">What it should be.</param>
    /// <param name="path">Its path.</param>
    /// <param name="isWhollyKnown">False: the record has only some of the kind's fields.</param>
    public JsonNode? Check(ManifestNode node, JsonTypeInfo type, string path, bool isWhollyKnown) => (type.Kind, node.Type) switch
    {
        (_, NodeType.Null) => null,
        (JsonTypeInfoKind.Object, NodeType.Object) => CheckFields(node, type, path, isWhollyKnown),
        (JsonTypeInfoKind.Enumerable, NodeType.Array) =>
            new JsonArray([.. node.Items.Select((item, index) => Check(item, Of(type, type.ElementType!), $"{path}[{index}]", isWhollyKnown))]),
        (JsonTypeInfoKind.Dictionary, NodeType.Object) => new JsonObject(node.Fields
            .Select(field => KeyValuePair.Create(field.Key, Check(field.Value, Of(type, type.ElementType!), $"{path}.{field.Key}", isWhollyKnown)))
            .Where(field => field.Value is not null)),
        (JsonTypeInfoKind.None, _) => CheckScalar(node, Nullable.GetUnderlyingType(type.Type) ?? type.Type, path),
        _ => Refuse(node, type.Kind == JsonTypeInfoKind.Enumerable ? "array" : "object", path),
    };

    private JsonObject CheckFields(ManifestNode node, JsonTypeInfo type, string path, bool isWhollyKnown)
    {
        var known = type.Properties.Where(property => property.Set is not null || property.AssociatedParameter is not null)
            .ToDictionary(property => property.Name, StringComparer.Ordinal);
        var result = new JsonObject();
        foreach (var (name, value) in node.Fields)
        {
            var field = path.Length == 0 ? name : $"{path}.{name}";
            if (known.TryGetValue(name, out var property))
            {
                var isMetadata = field == "metadata";
                if (Check(value, Of(type, property.PropertyType), field, isWhollyKnown && !isMetadata) is { } read)
                {
                    result[name] = read;
                }
            }
            else if (isWhollyKnown)
            {
                Violations.Add(new FieldViolation(field, Finding.UnknownField, "unknown field"));
            }
        }

        return result;
    }

    private JsonValue? CheckScalar(ManifestNode node, Type type, string path)
    {
        if (type == typeof(bool))
        {
            return node.Type == NodeType.Boolean ? JsonValue.Create(YamlScalar.IsTrue(node.Text)) : Refuse(node, "boolean", path);
        }

        if (type == typeof(long))
        {
            return node.Type == NodeType.Number && long.TryParse(node.Text, CultureInfo.InvariantCulture, out var number)
                ? JsonValue.Create(number)
                : Refuse(node, "integer", path);
        }

        if (node.Type != NodeType.String)
        {
            return Refuse(node, "string", path);
        }

        return type == typeof(DateTimeOffset) && !DateTimeOffset.TryParse(node.Text, CultureInfo.InvariantCulture, out _)
            ? Refuse(node, "string in the form of RFC 3339", path)
            : JsonValue.Create(node.Text);
    }

    // The words of the API server, which says "in body" whatever carried the object.
    private JsonValue? Refuse(ManifestNode node, string wanted, string path)
    {
        var actual = node.Type switch
        {
            NodeType.Number => long.TryParse(node.Text, CultureInfo.InvariantCulture, out _) ? "integer" : "number",
            _ => node.Type.ToString().ToLowerInvariant(),
        };
        Violations.Add(new FieldViolation(
            path, "FieldValueTypeInvalid", $"Invalid value: \"{actual}\": {(path.Length == 0 ? "the object" : path)} in body must be of type {wanted}: \"{actual}\""));
        return null;
    }

    private static JsonTypeInfo Of(JsonTypeInfo parent, Type type) => parent.Options.GetTypeInfo(type);
}
