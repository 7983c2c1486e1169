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
        ReportFormat.Sarif => SarifReport.From(result).ToJsonString(Options) + "\n",
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
}
