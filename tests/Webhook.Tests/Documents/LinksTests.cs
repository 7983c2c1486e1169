using System.Text.RegularExpressions;

namespace Webhook.Tests.Documents;

/// <summary>Every link between the pages leads to a file, and every anchor to a heading.</summary>
public sealed partial class LinksTests
{
    private static readonly string[] TopLevel = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md"];

    public static TheoryData<string> Pages => new(
        TopLevel.Concat(Directory.GetFiles(Repository.Path("docs"), "*.md", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Repository.Root, path)))
            .Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_link_of_the_page_leads_somewhere(string page)
    {
        var links = Link().Matches(Code().Replace(File.ReadAllText(Repository.Path(page)), "")).Select(match => match.Groups["target"].Value)
            .Where(target => !target.Contains("://", StringComparison.Ordinal));

        Assert.All(links, link =>
        {
            var (file, anchor) = link.Split('#') is [var path, var heading] ? (path, heading) : (link, "");
            var target = file.Length == 0 ? Repository.Path(page) : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Repository.Path(page))!, file));
            Assert.True(File.Exists(target) || Directory.Exists(target), $"{page}: {link} does not exist");
            Assert.True(anchor.Length == 0 || Anchors(target).Contains(anchor, StringComparer.Ordinal), $"{page}: {link} has no such heading");
        });
    }

    // As the usual hosting services make them: lower case, spaces to dashes, punctuation dropped.
    private static IEnumerable<string> Anchors(string path) => File.ReadLines(path)
        .Where(line => line.StartsWith('#'))
        .Select(line => Punctuation().Replace(line.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-'));

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Link();

    [GeneratedRegex("```.*?```|`[^`\n]*`", RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Code();

    [GeneratedRegex(@"[^\w\- ]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Punctuation();
}
