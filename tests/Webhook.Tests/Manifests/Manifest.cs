using YamlDotNet.RepresentationModel;

namespace Webhook.Tests.Manifests;

/// <summary>Reads the YAML below <c>manifests/</c> of this repository as nodes, addressed by dotted paths.</summary>
internal static class Manifest
{
    public static string Root { get; } = Repository.Root;

    /// <summary>All documents of a file, named relative to <c>manifests/</c>.</summary>
    public static IReadOnlyList<YamlNode> Read(string file) => Parse(File.ReadAllText(Path.Combine(Root, "manifests", file)));

    public static IReadOnlyList<YamlNode> Parse(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return [.. stream.Documents.Select(document => document.RootNode)];
    }

    /// <summary>The node at the path, or null when a step of it is missing.</summary>
    public static YamlNode? Find(this YamlNode node, string path)
    {
        YamlNode? current = node;
        foreach (var step in path.Split('.'))
        {
            current = current is YamlMappingNode mapping && mapping.Children.TryGetValue(new YamlScalarNode(step), out var child) ? child : null;
        }

        return current;
    }

    public static string Text(this YamlNode node, string path) =>
        (node.Find(path) as YamlScalarNode)?.Value ?? throw new InvalidOperationException($"{path} is no text in {node}");

    public static IReadOnlyList<string> Texts(this YamlNode node, string path) =>
        [.. node.Sequence(path).Select(item => ((YamlScalarNode)item).Value ?? "")];

    /// <summary>The list at the path; empty when it is missing.</summary>
    public static IEnumerable<YamlNode> Sequence(this YamlNode node, string path) => node.Find(path) as YamlSequenceNode ?? [];

    public static IEnumerable<YamlNode> Descendants(this YamlNode node) => node.AllNodes;
}
