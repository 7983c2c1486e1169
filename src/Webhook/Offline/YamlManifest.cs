using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Webhook.Offline;

/// <summary>Reads YAML, document after document.</summary>
internal sealed class YamlManifest
{
    // Deeper or bigger than any manifest: what an alias repeats counts each time, or ten lines would fill the memory.
    private const int MaxDepth = 1000;
    private const int MaxNodes = 1_000_000;

    private readonly Parser parser;
    private readonly Dictionary<AnchorName, ManifestNode> anchors = [];
    private int nodes;

    private YamlManifest(string text) => parser = new Parser(new StringReader(text));

    /// <summary>The documents that are not empty.</summary>
    /// <exception cref="ManifestException">The text is no YAML, or says a key twice. Thrown when that place is reached.</exception>
    public static IEnumerable<ManifestNode> Read(string text)
    {
        var manifest = new YamlManifest(text);
        while (manifest.ReadDocument() is { } document)
        {
            if (document.Type != NodeType.Null)
            {
                yield return document;
            }
        }
    }

    private ManifestNode? ReadDocument()
    {
        try
        {
            _ = parser.TryConsume<StreamStart>(out _);
            if (!parser.TryConsume<DocumentStart>(out _))
            {
                return null;
            }

            anchors.Clear();
            var document = ReadNode(line: null, depth: 0);
            parser.Consume<DocumentEnd>();
            return document;
        }
        catch (YamlException exception)
        {
            throw new ManifestException($"not YAML: {exception.Message.ReplaceLineEndings(" ")}", (int)exception.Start.Line);
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException or FormatException or OverflowException)
        {
            // The scanner's own: it trips over some text that is no YAML, such as "[1" before a line with "b: 2".
            throw new ManifestException("not YAML", (int)(parser.Current?.End.Line ?? 1));
        }
    }

    private ManifestNode ReadNode(int? line, int depth)
    {
        var current = parser.Consume<ParsingEvent>();
        var at = line ?? (int)current.Start.Line;
        if (depth > MaxDepth || ++nodes > MaxNodes)
        {
            throw new ManifestException($"more than {MaxDepth} levels or {MaxNodes} values", at);
        }

        switch (current)
        {
            case Scalar scalar:
                return Remember(scalar, new ManifestNode(YamlScalar.TypeOf(scalar), at) { Text = scalar.Value });
            case SequenceStart sequence:
                return Remember(sequence, new ManifestNode(NodeType.Array, at) { Items = ReadItems(depth) });
            case MappingStart mapping:
                return Remember(mapping, new ManifestNode(NodeType.Object, at) { Fields = ReadFields(depth) });
            case AnchorAlias alias when anchors.TryGetValue(alias.Value, out var target):
                nodes += Count(target);
                return target with { Line = at };
            default:
                throw new ManifestException("an alias without its anchor", at);
        }
    }

    private List<ManifestNode> ReadItems(int depth)
    {
        var items = new List<ManifestNode>();
        while (!parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(ReadNode(line: null, depth + 1));
        }

        return items;
    }

    private List<KeyValuePair<string, ManifestNode>> ReadFields(int depth)
    {
        var fields = new OrderedDictionary<string, ManifestNode>(StringComparer.Ordinal);
        var merged = new List<ManifestNode>();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var isMerge = parser.Current is Scalar { Value: "<<", Style: ScalarStyle.Plain };
            var key = ReadNode(line: null, depth + 1);
            var value = ReadNode(key.Line, depth + 1);
            if (isMerge)
            {
                merged.AddRange(value.Type == NodeType.Array ? value.Items : [value]);
            }
            else if (!fields.TryAdd(KeyOf(key), value))
            {
                throw new ManifestException("a key is given twice", key.Line);
            }
        }

        foreach (var field in merged.SelectMany(node => node.Fields))
        {
            fields.TryAdd(field.Key, field.Value);
        }

        return [.. fields];
    }

    private ManifestNode Remember(NodeEvent source, ManifestNode node)
    {
        if (!source.Anchor.IsEmpty)
        {
            anchors[source.Anchor] = node;
        }

        return node;
    }

    private int Count(ManifestNode node)
    {
        var count = 1 + node.Items.Sum(Count) + node.Fields.Sum(field => Count(field.Value));
        return count > MaxNodes - nodes ? throw new ManifestException($"more than {MaxNodes} values", node.Line) : count;
    }

    private static string KeyOf(ManifestNode key) => key.Type switch
    {
        NodeType.Array or NodeType.Object => throw new ManifestException("a key must be text", key.Line),
        NodeType.Boolean => YamlScalar.IsTrue(key.Text) ? "true" : "false",
        NodeType.Null => "null",
        _ => key.Text,
    };
}
