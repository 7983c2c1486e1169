using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Http;

namespace ControlPlane.Schema;

/// <summary>Checks an object against its schema and words what is wrong as the API server does.</summary>
internal static class Validation
{
    /// <summary>Adds every mistake, in the API server's order: fields by name, own checks after those of the fields.</summary>
    public static void Validate(JsonNode? node, ObjectSchema schema, string path, ICollection<FieldError> errors)
    {
        if (node is null)
        {
            if (!schema.IsNullable && schema.Type.Length > 0)
            {
                errors.Add(TypeError(path, schema.Type, "null"));
            }

            return;
        }

        var actual = TypeOf(node);
        if (!HasType(schema, actual))
        {
            errors.Add(TypeError(path, schema.IsIntOrString ? "integer,string" : schema.Type, actual));
            return;
        }

        var before = errors.Count;
        switch (node)
        {
            case JsonObject o:
                ValidateObject(o, schema, path, errors);
                break;
            case JsonArray a:
                ValidateArray(a, schema, path, errors);
                break;
            default:
                ScalarValidation.Validate(node, schema, path, errors);
                break;
        }

        ValidateEnum(node, schema, path, errors);
        if (errors.Count == before)
        {
            ValidateCombinations(node, schema, path, errors);
        }
    }

    /// <summary>The name of the JSON type.</summary>
    public static string TypeOf(JsonNode? node) => node switch
    {
        null => "null",
        JsonObject => "object",
        JsonArray => "array",
        _ => node.GetValueKind() switch
        {
            JsonValueKind.String => "string",
            JsonValueKind.True or JsonValueKind.False => "boolean",
            _ => IsInteger(node) ? "integer" : "number",
        },
    };

    /// <summary>The value as messages show it.</summary>
    public static string Show(JsonNode? node) => Json.ToText(node);

    /// <summary>A text in quotes, escaped as Go does.</summary>
    public static string Quote(string text) => Json.ToText(JsonValue.Create(text));

    private static bool IsInteger(JsonNode node)
    {
        var text = node.ToJsonString();
        return long.TryParse(text, CultureInfo.InvariantCulture, out _)
            || (double.TryParse(text, CultureInfo.InvariantCulture, out var number) && number == Math.Floor(number) && Math.Abs(number) < 1e15);
    }

    private static bool HasType(ObjectSchema schema, string actual)
        => schema.IsIntOrString
            ? actual is "integer" or "string"
            : schema.Type.Length == 0 || schema.Type == actual || (schema.Type == "number" && actual == "integer");

    private static FieldError TypeError(string path, string wanted, string actual)
        => new("FieldValueTypeInvalid", path, $"Invalid value: \"{actual}\": {path} in body must be of type {wanted}: \"{actual}\"");

    private static void ValidateObject(JsonObject o, ObjectSchema schema, string path, ICollection<FieldError> errors)
    {
        foreach (var (name, value) in o.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            if (schema.Field(name) is { } field && !(path.Length == 0 && name == "metadata"))
            {
                Validate(value, field, Join(path, name), errors);
            }
        }

        foreach (var name in schema.Required.Where(name => !o.ContainsKey(name)))
        {
            errors.Add(FieldError.Required(Join(path, name)));
        }

        if (schema.Source["minProperties"].Number() is { } least && o.Count < least)
        {
            errors.Add(FieldError.Invalid(path, $"{o.Count}", $"{path} in body should have at least {least} properties"));
        }

        if (schema.Source["maxProperties"].Number() is { } most && o.Count > most)
        {
            errors.Add(new FieldError("FieldValueTooMany", path, $"Too many: {o.Count}: must have at most {most} items"));
        }
    }

    private static void ValidateArray(JsonArray a, ObjectSchema schema, string path, ICollection<FieldError> errors)
    {
        for (var i = 0; schema.Items is not null && i < a.Count; i++)
        {
            Validate(a[i], schema.Items, $"{path}[{i}]", errors);
        }

        if (schema.Source["minItems"].Number() is { } least && a.Count < least)
        {
            errors.Add(FieldError.Invalid(path, $"{a.Count}", $"{path} in body should have at least {least} items"));
        }

        if (schema.Source["maxItems"].Number() is { } most && a.Count > most)
        {
            errors.Add(new FieldError("FieldValueTooMany", path, $"Too many: {a.Count}: must have at most {most} items"));
        }

        var keys = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; schema.ListType is "map" or "set" && i < a.Count; i++)
        {
            var key = schema.ListType == "set"
                ? Show(a[i])
                : "{" + string.Join(", ", schema.ListMapKeys.Order(StringComparer.Ordinal).Select(k => $"{Quote(k)}:{Show(a[i]?[k])}")) + "}";
            if (!keys.Add(key))
            {
                errors.Add(new FieldError("FieldValueDuplicate", $"{path}[{i}]", $"Duplicate value: {key}"));
            }
        }
    }

    private static void ValidateEnum(JsonNode node, ObjectSchema schema, string path, ICollection<FieldError> errors)
    {
        if (schema.Source["enum"] is JsonArray values && !values.Any(v => JsonNode.DeepEquals(v, node)))
        {
            errors.Add(new FieldError(
                "FieldValueNotSupported",
                path,
                $"Unsupported value: {Show(node)}: supported values: {string.Join(", ", values.Select(Show))}"));
        }
    }

    private static void ValidateCombinations(JsonNode node, ObjectSchema schema, string path, ICollection<FieldError> errors)
    {
        if (schema.IsIntOrString)
        {
            return;
        }

        foreach (var part in (schema.Source["allOf"] as JsonArray ?? []).OfType<JsonObject>())
        {
            Validate(node, new ObjectSchema(part), path, errors);
        }

        if (schema.Source["anyOf"] is JsonArray any && !any.OfType<JsonObject>().Any(part => IsValid(node, part)))
        {
            errors.Add(FieldError.Invalid(path, Show(node), $"{path} in body must validate at least one schema (anyOf)"));
        }

        if (schema.Source["oneOf"] is JsonArray one && one.OfType<JsonObject>().Count(part => IsValid(node, part)) != 1)
        {
            errors.Add(FieldError.Invalid(path, Show(node), $"{path} in body must validate one and only one schema (oneOf)"));
        }

        if (schema.Source["not"] is JsonObject not && IsValid(node, not))
        {
            errors.Add(FieldError.Invalid(path, Show(node), $"{path} in body must not validate the schema (not)"));
        }
    }

    private static bool IsValid(JsonNode node, JsonObject schema)
    {
        var errors = new List<FieldError>();
        Validate(node, new ObjectSchema(schema), "", errors);
        return errors.Count == 0;
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
