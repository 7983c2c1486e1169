using System.Text.Json;
using System.Text.Json.Nodes;

namespace Webhook.Tests.Benchmarks;

/// <summary>Judges a document by a JSON Schema, as far as <c>bench/results.schema.json</c> uses it; a keyword that is not known here is an error, not ignored.</summary>
internal static class ResultsSchema
{
    private static readonly string[] Remarks = ["$schema", "title", "description"];

    /// <summary>What is wrong with the document, each with its place; empty: nothing.</summary>
    /// <exception cref="NotSupportedException">The schema has a keyword that is not known here.</exception>
    public static IReadOnlyList<string> Violations(JsonNode schema, JsonNode? document) => [.. Judge(schema.AsObject(), document, "$")];

    private static IEnumerable<string> Judge(JsonObject schema, JsonNode? value, string path) =>
        schema.Where(keyword => !Remarks.Contains(keyword.Key, StringComparer.Ordinal)).SelectMany(keyword => keyword.Key switch
        {
            "type" => Unless(IsOfType((string)keyword.Value!, value), $"{path} is no {keyword.Value}"),
            "const" => Unless(JsonNode.DeepEquals(keyword.Value, value), $"{path} is not {keyword.Value}"),
            "enum" => Unless(keyword.Value!.AsArray().Any(one => JsonNode.DeepEquals(one, value)), $"{path} is none of {keyword.Value.ToJsonString()}"),
            "minimum" => Unless(value is not JsonValue number || number.GetValue<double>() >= (double)keyword.Value!, $"{path} is less than {keyword.Value}"),
            "minItems" => Unless(value is not JsonArray items || items.Count >= (int)keyword.Value!, $"{path} has less than {keyword.Value} items"),
            "required" => keyword.Value!.AsArray().Where(name => value is JsonObject found && !found.ContainsKey((string)name!)).Select(name => $"{path}.{name} is missing"),
            "properties" => Properties(keyword.Value!.AsObject(), value, path),
            "additionalProperties" when !(bool)keyword.Value! => Others(schema["properties"]!.AsObject(), value, path),
            "items" => (value as JsonArray ?? []).SelectMany((item, index) => Judge(keyword.Value!.AsObject(), item, $"{path}[{index}]")),
            _ => throw new NotSupportedException($"{keyword.Key} is not known here."),
        });

    private static IEnumerable<string> Properties(JsonObject properties, JsonNode? value, string path) =>
        (value as JsonObject ?? []).Where(property => properties.ContainsKey(property.Key))
            .SelectMany(property => Judge(properties[property.Key]!.AsObject(), property.Value, $"{path}.{property.Key}"));

    private static IEnumerable<string> Others(JsonObject properties, JsonNode? value, string path) =>
        (value as JsonObject ?? []).Where(property => !properties.ContainsKey(property.Key)).Select(property => $"{path}.{property.Key} is not known");

    private static bool IsOfType(string type, JsonNode? value) => type switch
    {
        "object" => value is JsonObject,
        "array" => value is JsonArray,
        "string" => value?.GetValueKind() == JsonValueKind.String,
        "number" => value?.GetValueKind() == JsonValueKind.Number,
        "integer" => value?.GetValueKind() == JsonValueKind.Number && double.IsInteger(value.GetValue<double>()),
        _ => throw new NotSupportedException($"The type {type} is not known here."),
    };

    private static string[] Unless(bool isGood, string problem) => isGood ? [] : [problem];
}
