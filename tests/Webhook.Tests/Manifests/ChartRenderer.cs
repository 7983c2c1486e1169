using System.Text;
using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;
using YamlDotNet.Serialization;

namespace Webhook.Tests.Manifests;

/// <summary>
/// Evaluates the part of Helm's language that the chart uses: values, <c>if</c>, <c>else</c>, <c>range</c>, <c>quote</c>, and <c>toYaml</c> with
/// <c>nindent</c>. Anything else is an exception, so a template cannot mean one thing here and another to Helm unnoticed.
/// </summary>
internal sealed partial class ChartRenderer(YamlNode values, string releaseNamespace)
{
    private readonly Dictionary<string, string> variables = new(StringComparer.Ordinal);

    /// <summary>Renders a template.</summary>
    public string Render(string template)
    {
        // "{{-" takes the whitespace before it away, as in Go's text/template.
        var parts = Regex.Replace(template, @"\s*\{\{-", "{{", RegexOptions.None, TimeSpan.FromSeconds(1)).Split(["{{", "}}"], StringSplitOptions.None);
        var position = 0;
        return Block(parts, ref position, isShown: true, out _);
    }

    // The odd parts are actions. Ends after the "end" or "else" that belongs to the block.
    private string Block(string[] parts, ref int position, bool isShown, out string end)
    {
        var text = new StringBuilder();
        while (position < parts.Length)
        {
            var part = parts[position++];
            if (position % 2 == 1)
            {
                text.Append(part);
                continue;
            }

            var action = part.Trim();
            if (action is "end" or "else")
            {
                end = action;
                return text.ToString();
            }

            text.Append(Evaluate(action, parts, ref position, isShown));
        }

        end = "";
        return text.ToString();
    }

    private string Evaluate(string action, string[] parts, ref int position, bool isShown)
    {
        if (action.StartsWith("/*", StringComparison.Ordinal))
        {
            return "";
        }

        if (action.StartsWith("if ", StringComparison.Ordinal))
        {
            var isTrue = isShown && Value(action[3..]).ToString() == "true";
            var yes = Block(parts, ref position, isShown && isTrue, out var end);
            var no = end == "else" ? Block(parts, ref position, isShown && !isTrue, out _) : "";
            return isTrue ? yes : no;
        }

        return Range().Match(action) is { Success: true } range ? Repeat(range, parts, ref position, isShown) : isShown ? Print(action) : "";
    }

    private string Repeat(Match range, string[] parts, ref int position, bool isShown)
    {
        List<(string Key, string Value)> items = !isShown ? [] : Value(range.Groups["list"].Value) switch
        {
            YamlSequenceNode list => [.. list.Select(item => ("", item.ToString()))],
            YamlMappingNode map => [.. map.Children.Select(child => (child.Key.ToString(), child.Value.ToString())).OrderBy(child => child.Item1, StringComparer.Ordinal)],
            var other => throw new NotSupportedException($"range over {other}"),
        };
        var (text, begin) = (new StringBuilder(), position);
        foreach (var (key, value) in items)
        {
            variables[range.Groups["key"].Value] = key;
            variables[range.Groups["value"].Value] = value;
            position = begin;
            text.Append(Block(parts, ref position, isShown, out _));
        }

        if (items.Count == 0)
        {
            Block(parts, ref position, isShown: false, out _);
        }

        return text.ToString();
    }

    private string Print(string action) => action.Split(" | ") switch
    {
        ["$.Release.Namespace"] => releaseNamespace,
        [var path] when path.StartsWith("$.Values.", StringComparison.Ordinal) => ((YamlScalarNode)Value(path)).Value!,
        [var variable] when variables.TryGetValue(variable, out var value) => value,
        [var variable, "quote"] when variables.TryGetValue(variable, out var value) => $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"",
        [var path, ['n', 'i', 'n', 'd', 'e', 'n', 't', ' ', .. var columns]] when path.StartsWith("toYaml ", StringComparison.Ordinal) =>
            Indent(Value(path[7..]), int.Parse(columns, System.Globalization.CultureInfo.InvariantCulture)),
        _ => throw new NotSupportedException($"The chart uses {{{{ {action} }}}}, which this test cannot evaluate."),
    };

    private YamlNode Value(string path) =>
        values.Find(path.Trim()["$.Values.".Length..]) ?? throw new KeyNotFoundException($"values.yaml has no {path}");

    private static string Indent(YamlNode node, int columns) =>
        "\n" + string.Join('\n', new SerializerBuilder().Build().Serialize(node).TrimEnd().Split('\n').Select(line => new string(' ', columns) + line));

    [GeneratedRegex(@"^range ((?<key>\$[a-z]+), )?(?<value>\$[a-z]+) := (?<list>\S+)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Range();
}
