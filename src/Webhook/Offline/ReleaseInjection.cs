using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Webhook.Injection;
using YamlDotNet.RepresentationModel;

namespace Webhook.Offline;

/// <summary>Puts the names of Secrets into a HelmRelease as the webhook would.</summary>
internal static class ReleaseInjection
{
    private static readonly string[] Target = ["spec", "values", "dataSource"];

    /// <summary>The patched file: JSON with every other byte unchanged, YAML with every other value unchanged but without its comments.</summary>
    /// <exception cref="ManifestException">
    /// The file has something else than an object where the values belong, or an item of valuesFrom that Flux would let win over them.
    /// </exception>
    public static string Apply(ManifestFile file, ManifestNode release, DataSourceValues values)
    {
        foreach (var (parent, path) in new[] { (release["spec"], "spec"), (release["spec"]?["values"], "spec.values") })
        {
            if (parent is { Type: not (NodeType.Object or NodeType.Null) })
            {
                throw new ManifestException($"{path}: Invalid value: must be an object", parent.Line);
            }
        }

        foreach (var (index, item) in release["spec"]?["valuesFrom"]?.Items.Index() ?? [])
        {
            if (new ValueOverride(index, item.TextOf("targetPath")) is { IsForDataSource: true } found)
            {
                var refusal = InjectionTexts.Fill(InjectionTexts.Overrides, string.Join('.', Target));
                throw new ManifestException($"{found.Field}: Forbidden: {refusal}", release.LineOf(found.Field));
            }
        }

        var text = file.ToText();
        return file.TryReadJson(out _) ? ApplyToJson(text, values) : ApplyToYaml(text, release, values);
    }

    private static string ApplyToJson(string text, DataSourceValues values)
    {
        var json = Encoding.UTF8.GetBytes(text);
        if (JsonSplice.Find(json, Target) is { } present && Read(present.Span) == values)
        {
            return text;
        }

        var output = new ArrayBufferWriter<byte>(256);
        using var writer = new Utf8JsonWriter(output, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        values.WriteTo(writer);
        writer.Flush();
        return Encoding.UTF8.GetString(JsonSplice.Set(json, Target, output.WrittenSpan));
    }

    private static DataSourceValues? Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        return reader.TokenType == JsonTokenType.StartObject ? DataSourceValuesReader.Read(ref reader, out _) : null;
    }

    private static string ApplyToYaml(string text, ManifestNode release, DataSourceValues values)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        var document = stream.Documents.Single(item => item.RootNode is YamlMappingNode);
        Child(Child((YamlMappingNode)document.RootNode, "spec"), "values").Children[new YamlScalarNode("dataSource")] = ToYaml(values);

        using var output = new StringWriter { NewLine = "\n" };
        new YamlStream(document).Save(output, assignAnchors: false);
        var patched = output.ToString();
        patched = patched.EndsWith("...\n", StringComparison.Ordinal) ? patched[..^4] : patched;

        // Writing YAML anew is not without traps: what would say something else than before is not printed.
        var after = YamlManifest.Read(patched).Single();
        return Without(after, Target).SaysTheSameAs(Without(release, Target))
            ? patched
            : throw new ManifestException("this YAML cannot be written again without changing its values; give the release as JSON", release.Line);
    }

    private static YamlMappingNode Child(YamlMappingNode parent, string name)
    {
        var key = new YamlScalarNode(name);
        if (parent.Children.TryGetValue(key, out var child) && child is YamlMappingNode mapping)
        {
            return mapping;
        }

        var created = new YamlMappingNode();
        parent.Children[key] = created;
        return created;
    }

    private static YamlMappingNode ToYaml(DataSourceValues values)
    {
        var node = new YamlMappingNode { { "kineDataSourceSecretName", Quoted(values.KineDataSourceSecretName) } };
        if (values.CaSecret is { } authority)
        {
            node.Add("caSecret", new YamlMappingNode { { "name", Quoted(authority.Name) }, { "key", Quoted(authority.Key) } });
        }

        return node;
    }

    // A Secret may be called "on" or "1e3".
    private static YamlScalarNode Quoted(string text) => new(text) { Style = YamlDotNet.Core.ScalarStyle.DoubleQuoted };

    // The parents that had to be made are left out too.
    private static ManifestNode Without(ManifestNode node, ReadOnlySpan<string> path)
    {
        var fields = new List<KeyValuePair<string, ManifestNode>>();
        foreach (var field in node.Fields)
        {
            var kept = field.Key != path[0] ? field.Value : path.Length == 1 ? null : Without(field.Value, path[1..]);
            if (kept is not null && (field.Key != path[0] || kept.Fields.Count > 0))
            {
                fields.Add(KeyValuePair.Create(field.Key, kept));
            }
        }

        return node with { Fields = fields };
    }
}
