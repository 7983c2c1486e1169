using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Webhook.Tests.Documents;

/// <summary>The summaries of the product's members, as Markdown on one line.</summary>
internal static partial class CodeComments
{
    private static readonly Dictionary<string, XElement> Members = new[] { "Webhook.xml", "Provisioning.xml" }
        .SelectMany(file => XDocument.Load(Path.Combine(AppContext.BaseDirectory, file)).Descendants("member"))
        .ToDictionary(member => (string)member.Attribute("name")!, StringComparer.Ordinal);

    /// <summary>The summary of a property or an enum's field; empty when it has none.</summary>
    public static string SummaryOf(MemberInfo member)
    {
        var prefix = member is PropertyInfo ? 'P' : 'F';
        return Members.TryGetValue($"{prefix}:{member.DeclaringType!.FullName}.{member.Name}", out var comment)
            ? Whitespace().Replace(string.Concat(comment.Element("summary")!.Nodes().Select(Text)), " ").Trim().Replace("|", "\\|", StringComparison.Ordinal)
            : "";
    }

    private static string Text(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "see" } reference => $"`{((string)reference.Attribute("cref")!).Split('.')[^1]}`",
        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
        XElement element => element.Value,
        _ => "",
    };

    [GeneratedRegex(@"\s+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Whitespace();
}
