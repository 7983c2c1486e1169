using System.Text.Json;

namespace Webhook.Tests.Offline;

/// <summary>What SARIF 2.1.0 requires of a log: its schema is closed, so every property is named here.</summary>
public sealed class SarifTests : IDisposable
{
    private readonly CommandLine commands = new();

    public void Dispose() => commands.Dispose();

    [Fact]
    public async Task A_log_with_every_kind_of_finding_has_what_the_format_requires_and_nothing_else()
    {
        var bad = commands.Write("one file.yaml", Samples.DataSource("postgres://u:p@h", type: "mysql") + "  colour: 1\n---\na: [\n");
        var doubtful = commands.Write("two.yaml", Samples.DataSource("db:5432", name: "doubtful"));

        var (_, output, _) = await CommandLine.RunAsync(["check", "-f", bad, "-f", doubtful, "-f", "-", "-o", "sarif"], Samples.ClusterDataSource("c", "other"));

        using var log = JsonDocument.Parse(output);
        Has(log.RootElement, "$schema", "version", "runs");
        Assert.Equal("2.1.0", log.RootElement.GetProperty("version").GetString());
        var run = Assert.Single(log.RootElement.GetProperty("runs").EnumerateArray());
        Has(run, "tool", "results");
        Has(run.GetProperty("tool"), "driver");
        Has(run.GetProperty("tool").GetProperty("driver"), "name", "rules");
        var rules = run.GetProperty("tool").GetProperty("driver").GetProperty("rules").EnumerateArray().ToList();
        Assert.All(rules, rule =>
        {
            Has(rule, "id", "shortDescription");
            Has(rule.GetProperty("shortDescription"), "text");
        });
        var ids = rules.Select(rule => rule.GetProperty("id").GetString()!).ToList();
        Assert.Equal(ids.Distinct(StringComparer.Ordinal), ids);
        Assert.Equal(["FieldValueInvalid", "FieldValueNotSupported", "Syntax", "UnknownField", "Warning"], ids.Order(StringComparer.Ordinal));

        var results = run.GetProperty("results").EnumerateArray().ToList();
        Assert.True(results.Count >= 6, output);
        Assert.All(results, result => AssertIsResult(result, ids));
        Assert.Equal(
            [new Uri(bad).AbsoluteUri, "stdin", new Uri(doubtful).AbsoluteUri],
            results.Select(UriOf).Distinct(StringComparer.Ordinal).OrderBy(uri => uri == "stdin" ? 1 : uri.EndsWith("two.yaml", StringComparison.Ordinal) ? 2 : 0));
    }

    [Fact]
    public async Task A_log_without_findings_says_that_there_are_none()
    {
        var (_, output) = await CommandLine.CheckAsync(Samples.DataSource(), "-o", "sarif");

        using var log = JsonDocument.Parse(output);
        var run = log.RootElement.GetProperty("runs")[0];

        // Without the list a result of a run that broke off would look the same.
        Assert.Equal(0, run.GetProperty("results").GetArrayLength());
        Assert.Equal(0, run.GetProperty("tool").GetProperty("driver").GetProperty("rules").GetArrayLength());
    }

    private static void AssertIsResult(JsonElement result, List<string> rules)
    {
        Has(result, "ruleId", "ruleIndex", "level", "message", "locations");
        Assert.Equal(result.GetProperty("ruleId").GetString(), rules[result.GetProperty("ruleIndex").GetInt32()]);
        Assert.True(result.GetProperty("level").GetString() is "error" or "warning");
        Has(result.GetProperty("message"), "text");
        Assert.NotEqual("", result.GetProperty("message").GetProperty("text").GetString());
        var location = Assert.Single(result.GetProperty("locations").EnumerateArray());
        Has(location, "physicalLocation");
        Has(location.GetProperty("physicalLocation"), "artifactLocation", "region");
        Has(location.GetProperty("physicalLocation").GetProperty("region"), "startLine");
        Assert.True(location.GetProperty("physicalLocation").GetProperty("region").GetProperty("startLine").GetInt32() >= 1);
        Has(location.GetProperty("physicalLocation").GetProperty("artifactLocation"), "uri");
        Assert.True(Uri.IsWellFormedUriString(UriOf(result), UriKind.RelativeOrAbsolute), UriOf(result));
    }

    private static string UriOf(JsonElement result) =>
        result.GetProperty("locations")[0].GetProperty("physicalLocation").GetProperty("artifactLocation").GetProperty("uri").GetString()!;

    private static void Has(JsonElement element, params string[] properties) =>
        Assert.Equal(properties, element.EnumerateObject().Select(property => property.Name));
}
