using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Webhook.Offline;

/// <summary>How the result is printed.</summary>
internal enum ReportFormat
{
    /// <summary>A line per finding, as compilers write it.</summary>
    Text,

    /// <summary>One JSON object.</summary>
    Json,

    /// <summary>SARIF 2.1.0, which code hosts show beside the changed lines.</summary>
    Sarif,
}

/// <summary>Prints the result of a check. Never in colour: the text is for terminals and for programs alike.</summary>
internal static class CheckReport
{
    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The whole report, with its last line break.</summary>
    public static string Write(CheckResult result, ReportFormat format) => format switch
    {
        ReportFormat.Json => ToJson(result).ToJsonString(Options) + "\n",
        ReportFormat.Sarif => ToSarif(result).ToJsonString(Options) + "\n",
        _ => string.Concat(result.Findings.Select(finding => $"{finding.File}:{finding.Line}: {(finding.IsWarning ? "warning: " : "")}{finding.Text}\n")),
    };

    /// <summary>One line about what was looked at, so that an empty report is not taken for a check that saw nothing.</summary>
    public static string Summarise(CheckResult result)
    {
        var warnings = result.Findings.Count(finding => finding.IsWarning);
        return $"checked {result.Objects} objects in {result.Files} files: {result.Findings.Count - warnings} violations, {warnings} warnings";
    }

    private static JsonObject ToJson(CheckResult result) => new()
    {
        ["files"] = result.Files,
        ["objects"] = result.Objects,
        ["violations"] = ToJson(result.Findings.Where(finding => !finding.IsWarning)),
        ["warnings"] = ToJson(result.Findings.Where(finding => finding.IsWarning)),
    };

    private static JsonArray ToJson(IEnumerable<Finding> findings) =>
        new([.. findings.Select(finding => new JsonObject
        {
            ["file"] = finding.File,
            ["line"] = finding.Line,
            ["object"] = finding.Subject,
            ["field"] = finding.Field,
            ["reason"] = finding.Reason,
            ["message"] = finding.Message,
        })]);

    private static JsonObject ToSarif(CheckResult result) => new()
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
                    ["rules"] = new JsonArray([.. result.Findings.Select(finding => finding.Reason).Distinct(StringComparer.Ordinal)
                        .Select(reason => new JsonObject { ["id"] = reason })]),
                },
            },
            ["results"] = new JsonArray([.. result.Findings.Select(ToSarif)]),
        }),
    };

    private static JsonObject ToSarif(Finding finding) => new()
    {
        ["ruleId"] = finding.Reason,
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

    // Code hosts look relative addresses up from the top of the repository.
    private static string ToUri(string file) => Path.IsPathRooted(file)
        ? new Uri(file).AbsoluteUri
        : string.Join('/', Path.GetRelativePath(".", file).Split(Path.DirectorySeparatorChar).Select(Uri.EscapeDataString));
}
