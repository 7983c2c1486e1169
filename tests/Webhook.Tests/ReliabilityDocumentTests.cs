using System.Text.RegularExpressions;

namespace Webhook.Tests;

/// <summary>Keeps the table of <c>docs/reliability.md</c> honest: every test that it names is there.</summary>
public sealed partial class ReliabilityDocumentTests
{
    private static readonly string[] Lines = File.ReadAllLines(Repository.Path("docs/reliability.md"));

    [Fact]
    public void Every_row_says_what_is_expected_and_names_a_test()
    {
        var rows = Rows().ToList();

        Assert.True(rows.Count > 30, $"only {rows.Count} rows");
        Assert.All(rows, row =>
        {
            Assert.Equal(3, row.Length);
            Assert.All(row, cell => Assert.NotEqual("", cell));
            Assert.NotEmpty(TestName().Matches(row[2]));
        });
    }

    [Fact]
    public void Every_test_that_is_named_exists()
    {
        var named = Rows().SelectMany(row => TestName().Matches(row[2])).ToList();

        Assert.All(named, name =>
        {
            var file = FileOf(name.Groups["class"].Value);
            Assert.True(File.Exists(file), $"{name.Value}: there is no {file}");
            Assert.True(HasTest(File.ReadAllText(file), name.Groups["method"].Value), $"{name.Value} is no test there");
        });
    }

    [Theory]
    [InlineData("[Fact] public async Task It_works()", true)]
    [InlineData("[Theory]\n    [InlineData(\"(\")]\n    public void It_works(string text)", true)]
    [InlineData("public async Task It_works()", false)]
    [InlineData("[Fact] public void Else()\n    private void It_works()", false)]
    public void Only_a_test_counts(string source, bool isTest) => Assert.Equal(isTest, HasTest(source, "It_works"));

    private static bool HasTest(string source, string method)
    {
        var at = Regex.Match(source, $@"public (async )?(Task|void) {method}\(", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
        if (!at.Success)
        {
            return false;
        }

        // Between the end of the member before and this one there is its attribute.
        var before = source[..at.Index];
        var start = Math.Max(before.LastIndexOf("}\n", StringComparison.Ordinal), before.LastIndexOf(";\n", StringComparison.Ordinal)) + 1;
        return before[start..].Contains("[Fact", StringComparison.Ordinal) || before[start..].Contains("[Theory", StringComparison.Ordinal);
    }

    private static string FileOf(string name) => Repository.Path(name switch
    {
        _ when name.StartsWith("EndToEnd/", StringComparison.Ordinal) => $"tests/EndToEnd.Tests/{name["EndToEnd/".Length..]}.cs",
        _ when name.StartsWith("Webhook/", StringComparison.Ordinal) => $"tests/Webhook.Tests/{name["Webhook/".Length..]}.cs",
        _ => $"tests/Provisioning.Tests/{name}.cs",
    });

    private static IEnumerable<string[]> Rows() => Lines
        .Where(line => line.StartsWith('|') && !line.StartsWith("|---", StringComparison.Ordinal) && !line.StartsWith("| fault", StringComparison.Ordinal))
        .Select(line => line.Trim('|').Split('|').Select(cell => cell.Trim()).ToArray());

    [GeneratedRegex(@"`(?<class>[\w/]+)\.(?<method>\w+)`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TestName();
}
