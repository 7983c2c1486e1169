using System.Text.Json.Nodes;
using ControlPlane.Http;

namespace ControlPlane.Schema;

/// <summary>
/// The rules <c>self == oldSelf</c> and <c>oldSelf == '' || self == oldSelf</c> of <c>x-kubernetes-validations</c>. All other CEL is left to
/// the real API server.
/// </summary>
internal static class TransitionRules
{
    /// <summary>Adds a mistake for each value that may not change and did. Values without a counterpart are new and may be anything.</summary>
    public static void Validate(JsonNode? node, JsonNode? old, ObjectSchema schema, string path, ICollection<FieldError> errors)
    {
        if (node is null || old is null)
        {
            return;
        }

        foreach (var rule in schema.Rules)
        {
            var text = string.Concat((rule["rule"].Text() ?? "").Where(c => !char.IsWhiteSpace(c)));
            var mayChange = text switch
            {
                "self==oldSelf" => false,
                "oldSelf==''||self==oldSelf" or "oldSelf==\"\"||self==oldSelf" => old.Text() == "",
                _ => true,
            };
            if (!mayChange && !JsonNode.DeepEquals(node, old))
            {
                var message = rule["message"].Text() ?? $"failed rule: {rule["rule"].Text()}";
                // A scalar is shown in the message, an object is only named by its path.
                errors.Add(node is JsonObject or JsonArray
                    ? new FieldError("FieldValueInvalid", path, $"Invalid value: {message}")
                    : FieldError.Invalid(path, Validation.Show(node), message));
            }
        }

        if (node is JsonObject o && old is JsonObject oldObject)
        {
            foreach (var (name, value) in o.OrderBy(p => p.Key, StringComparer.Ordinal))
            {
                if (schema.Field(name) is { } field)
                {
                    Validate(value, oldObject[name], field, path.Length == 0 ? name : $"{path}.{name}", errors);
                }
            }
        }
        else if (node is JsonArray a && old is JsonArray oldArray && schema is { ListType: "map", Items: not null })
        {
            for (var i = 0; i < a.Count; i++)
            {
                var counterpart = oldArray.FirstOrDefault(item => schema.ListMapKeys.All(k => JsonNode.DeepEquals(item?[k], a[i]?[k])));
                Validate(a[i], counterpart, schema.Items, $"{path}[{i}]", errors);
            }
        }
    }
}
