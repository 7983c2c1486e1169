using System.Reflection;
using System.Text.RegularExpressions;
using Provisioning.Resources;
using Webhook.Admission;
using Webhook.Injection;
using Webhook.Tests.Manifests;
using Webhook.Validation;

namespace Webhook.Tests.Validation;

/// <summary>Keeps <c>docs/rejections.md</c> complete: a message without an explanation is a message that nobody can mend.</summary>
public sealed partial class RejectionsDocumentTests
{
    private static readonly string[] Rooms = ["src/Provisioning/Resources", "src/Webhook/Validation", "src/Webhook/Admission", "src/Webhook/Injection"];

    [Fact]
    public void Every_text_has_one_heading()
    {
        var headings = Headings();

        Assert.NotEmpty(Texts());
        Assert.All(Texts(), text => Assert.Single(headings, heading => IsFor(text, heading)));
    }

    [Fact]
    public void Every_heading_is_a_text_that_can_be_seen()
    {
        var elsewhere = SourceText("manifests/crds");

        Assert.All(Headings(), heading => Assert.True(
            Texts().Any(text => IsFor(text, heading)) || Fixed(heading).All(part => elsewhere.Contains(part, StringComparison.Ordinal)), heading));
    }

    [Fact]
    public void Every_heading_is_explained()
    {
        var document = File.ReadAllText(Path.Combine(Manifest.Root, "docs", "rejections.md"));

        Assert.All(document.Split("\n### ").Skip(1), section => Assert.True(section.Split('\n').Skip(1).Any(line => line.Length > 0), section));
    }

    [Fact]
    public void No_message_is_written_where_this_test_does_not_see_it()
    {
        var calls = LiteralDetail().Matches(SourceText(Rooms)).Select(match => match.Value);

        Assert.Empty(calls);
        Assert.Matches(LiteralDetail(), "FieldViolation.Forbidden(\"spec\", \"no\")");
        Assert.Matches(LiteralDetail(), "new AdmissionDecision.Denied([]) { Message = $\"{path} no\" }");
        Assert.Matches(LiteralDetail(), "new AdmissionDecision.Failed(503, \"no\", null)");
    }

    // A call of a factory whose last argument is a literal, or a decision with one: its text belongs into Rejections, Refusals or AdmissionTexts.
    [GeneratedRegex(
        "FieldViolation\\.(Invalid|Forbidden|Duplicate|TypeInvalid)\\([^;]*, \"[^\"]*\"\\)|Message = \\$?\"|AdmissionDecision\\.Failed\\([^;]*\"",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 5000)]
    private static partial Regex LiteralDetail();

    [GeneratedRegex(@"\{\d\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Place();

    [GeneratedRegex("<[a-z]+>(/<[a-z]+>)?", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex NamedPlace();

    private static List<string> Texts() =>
    [
        .. new[] { typeof(Rejections), typeof(DataSourceWarnings), typeof(AnnotationSpelling), typeof(Refusals), typeof(AdmissionTexts), typeof(InjectionTexts), typeof(ConsumerTexts) }
            .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(field => field.IsLiteral && field.FieldType == typeof(string)).Select(field => (string)field.GetRawConstantValue()!),
    ];

    private static List<string> Headings() =>
        [.. File.ReadLines(Path.Combine(Manifest.Root, "docs", "rejections.md")).Where(line => line.StartsWith("### ", StringComparison.Ordinal)).Select(line => line["### ".Length..].Trim('`'))];

    // A text and a heading say the same when they differ only in how the places to fill in are written.
    private static bool IsFor(string text, string heading) => Place().Replace(text, "@") == NamedPlace().Replace(heading, "@");

    // What stands between the places of a heading.
    private static IEnumerable<string> Fixed(string heading) => NamedPlace().Split(heading).Select(part => part.Trim()).Where(part => part.Length > 0);

    private static string SourceText(params string[] folders) =>
        string.Join('\n', folders.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Manifest.Root, folder))).Select(File.ReadAllText));
}
