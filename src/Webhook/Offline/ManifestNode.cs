using System.Globalization;
using System.Text.RegularExpressions;

namespace Webhook.Offline;

/// <summary>The JSON type of a value, after YAML's rules for unquoted text.</summary>
internal enum NodeType
{
    /// <summary>null, <c>~</c> or nothing.</summary>
    Null,

    /// <summary>A boolean.</summary>
    Boolean,

    /// <summary>A number.</summary>
    Number,

    /// <summary>A string.</summary>
    String,

    /// <summary>A list.</summary>
    Array,

    /// <summary>A mapping.</summary>
    Object,
}

/// <summary>A value of a manifest with the place where it was written.</summary>
/// <param name="Type">What JSON calls it.</param>
/// <param name="Line">Of its key, or of the item itself in a list; the first is 1.</param>
internal sealed partial record ManifestNode(NodeType Type, int Line)
{
    /// <summary>A scalar as it was written, without quotation marks; empty for the others.</summary>
    public string Text { get; init; } = "";

    /// <summary>The items of a list; empty for the others.</summary>
    public IReadOnlyList<ManifestNode> Items { get; init; } = [];

    /// <summary>The fields of a mapping in their order; empty for the others.</summary>
    public IReadOnlyList<KeyValuePair<string, ManifestNode>> Fields { get; init; } = [];

    /// <summary>The field of this name; null when there is none.</summary>
    public ManifestNode? this[string name] => Fields.FirstOrDefault(field => field.Key == name).Value;

    /// <summary>The field's text when it is a string, else empty.</summary>
    public string TextOf(string name) => this[name] is { Type: NodeType.String } node ? node.Text : "";

    /// <summary>The line of a path such as <c>spec.endpoints[0]</c>, or of the nearest parent that was written.</summary>
    public int LineOf(string path)
    {
        var node = this;
        foreach (var step in Steps().EnumerateMatches(path))
        {
            var text = path.AsSpan(step.Index, step.Length);
            var next = text[0] == '['
                ? node.Items.ElementAtOrDefault(int.Parse(text[1..^1], CultureInfo.InvariantCulture))
                : node[text.ToString()];
            if (next is null)
            {
                break;
            }

            node = next;
        }

        return node.Line;
    }

    /// <summary>Whether both say the same, wherever it is written. Numbers count as they are written.</summary>
    public bool SaysTheSameAs(ManifestNode other) =>
        Type == other.Type && Text == other.Text
        && Items.Count == other.Items.Count && Items.Zip(other.Items).All(pair => pair.First.SaysTheSameAs(pair.Second))
        && Fields.Count == other.Fields.Count
        && Fields.Zip(other.Fields).All(pair => pair.First.Key == pair.Second.Key && pair.First.Value.SaysTheSameAs(pair.Second.Value));

    [GeneratedRegex(@"[^.\[\]]+|\[[0-9]{1,9}\]", RegexOptions.NonBacktracking)]
    private static partial Regex Steps();
}

/// <summary>Text that is no manifest.</summary>
/// <param name="message">What is wrong; no content of the file.</param>
/// <param name="line">Where; the first is 1.</param>
internal sealed class ManifestException(string message, int line) : Exception(message)
{
    /// <summary>Where; the first is 1.</summary>
    public int Line => line;
}
