using System.Text.Json.Nodes;

namespace Webhook.Offline;

/// <summary>Writes the result of a check as SARIF 2.1.0 (OASIS, errata 01). The format is closed: no property may stand there that it does not have.</summary>
internal static class SarifReport
{
    /// <summary>The whole log.</summary>
    public static JsonObject From(CheckResult result)
    {
        var rules = result.Findings.Select(finding => finding.Reason).Distinct(StringComparer.Ordinal).ToList();
        return new JsonObject
        {
            ["$schema"] = "https://json.schemastore.org/sarif-2.1.0.json",
            ["version"] = "2.1.0",
            ["runs"] = new JsonArray(new JsonObject
            {
                ["tool"] = new JsonObject
                {
                    ["driver"] = new JsonObject
                    {
                        ["name"] = "Webhook check",
                        ["rules"] = new JsonArray([.. rules.Select(rule => new JsonObject
                        {
                            ["id"] = rule,
                            ["shortDescription"] = new JsonObject { ["text"] = Describe(rule) },
                        })]),
                    },
                },
                ["results"] = new JsonArray([.. result.Findings.Select(finding => From(finding, rules.IndexOf(finding.Reason)))]),
            }),
        };
    }

    private static JsonObject From(Finding finding, int ruleIndex) => new()
    {
        ["ruleId"] = finding.Reason,
        ["ruleIndex"] = ruleIndex,
        ["level"] = finding.IsWarning ? "warning" : "error",
        ["message"] = new JsonObject { ["text"] = finding.Text },
        ["locations"] = new JsonArray(new JsonObject
        {
            ["physicalLocation"] = new JsonObject
            {
                ["artifactLocation"] = new JsonObject { ["uri"] = ToUri(finding.File) },
                ["region"] = new JsonObject { ["startLine"] = finding.Line },
            },
        }),
    };

    private static string Describe(string rule) => rule switch
    {
        Finding.Syntax => "The text is no YAML or JSON.",
        Finding.UnknownField => "The kind has no such field; the API server would drop it.",
        Finding.Warning => "It is allowed, and may go wrong.",
        "FieldValueRequired" => "A field that must be there is missing.",
        "FieldValueInvalid" => "A value breaks a rule.",
        "FieldValueTypeInvalid" => "A value has another type than the schema says.",
        "FieldValueNotSupported" => "A value is none of those that there are.",
        "FieldValueDuplicate" => "A value that another already has.",
        "FieldValueForbidden" => "Something that may not be done, whatever the value.",
        "FieldValueTooMany" => "A list with too many items.",
        "FieldValueTooLong" => "A value with too many bytes.",
        _ => "A rule of the admission webhook.",
    };

    // Code hosts look relative addresses up from the top of the repository.
    private static string ToUri(string file) => Path.IsPathRooted(file)
        ? new Uri(file).AbsoluteUri
        : string.Join('/', Path.GetRelativePath(".", file).Split(Path.DirectorySeparatorChar).Select(Uri.EscapeDataString));
}
