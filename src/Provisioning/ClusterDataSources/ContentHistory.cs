using System.Text.Json.Nodes;

namespace Provisioning.ClusterDataSources;

/// <summary>
/// The contents that one well-known Secret was published with. The first one stands under the well-known name; each later one also under
/// a name of its own, because only a new name makes control planes roll.
/// </summary>
/// <param name="First">The content that the well-known name was published with.</param>
/// <param name="Recent">What was published, oldest first; the last one is current.</param>
internal sealed record ContentHistory(string First, IReadOnlyList<string> Recent)
{
    /// <summary>Something was published, but not known what: whatever comes next gets a name of its own.</summary>
    public static ContentHistory Unknown { get; } = new("", []);

    public static ContentHistory StartingWith(string hash) => new(hash, [hash]);

    /// <summary>With this content as the current one.</summary>
    public ContentHistory Publish(string hash) => Recent.Count > 0 && Recent[^1] == hash
        ? this
        : this with { Recent = [.. Recent.Where(older => older != hash), hash] };

    /// <summary>The Secret that stands for the content.</summary>
    public string NameOf(string wellKnownName, string hash) => hash == First ? wellKnownName : $"{wellKnownName}-{hash}";

    /// <summary>
    /// The Secrets to delete: a control plane in the middle of a roll mounts the current one or the one before. The well-known one always stays.
    /// </summary>
    /// <param name="wellKnownName">The name that the first content stands under.</param>
    /// <param name="used">The Secret that the cluster is deployed with, which stays however old it is; null: not known.</param>
    public IEnumerable<string> Superseded(string wellKnownName, string? used = null) =>
        Recent.SkipLast(2).Where(hash => hash != First).Select(hash => NameOf(wellKnownName, hash)).Where(name => name != used);

    /// <summary>Without what <see cref="Superseded"/> says of the same Secrets.</summary>
    public ContentHistory Trim(string wellKnownName, string? used = null) => Recent.Count <= 2
        ? this
        : this with { Recent = [.. Recent.SkipLast(2).Where(hash => NameOf(wellKnownName, hash) == used), .. Recent.TakeLast(2)] };

    public JsonObject ToJson() => new() { ["first"] = First, ["recent"] = new JsonArray([.. Recent.Select(hash => JsonValue.Create(hash))]) };

    public static ContentHistory? FromJson(JsonNode? node) => node is null
        ? null
        : node is JsonObject history && Text(history["first"]) is { } first && history["recent"] is JsonArray recent
            ? new ContentHistory(first, [.. recent.Select(Text).OfType<string>()])
            : Unknown;

    private static string? Text(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<string>(out var text) && text.All(char.IsAsciiHexDigit) ? text : null;
}
