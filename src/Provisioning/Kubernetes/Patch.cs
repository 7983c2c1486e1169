using System.Text.Json.Nodes;

namespace Provisioning.Kubernetes;

/// <summary>The four patch formats of the API (Kubernetes API concepts, "Updates to existing resources").</summary>
public enum PatchType
{
    /// <summary>RFC 6902.</summary>
    Json,

    /// <summary>RFC 7396.</summary>
    Merge,

    /// <summary>Kubernetes' own format; built-in kinds only.</summary>
    StrategicMerge,

    /// <summary>Server-side apply.</summary>
    Apply,
}

/// <summary>A patch body and its format.</summary>
public sealed record Patch(PatchType Type, ReadOnlyMemory<byte> Content)
{
    /// <summary>Only with <see cref="PatchType.Apply"/>: take fields over that another manager owns. Default: false.</summary>
    public bool Force { get; init; }

    /// <summary>A JSON merge patch. <c>metadata.resourceVersion</c> in it makes the patch conditional.</summary>
    public static Patch Merge(JsonObject content) => new(PatchType.Merge, ToUtf8(content));

    /// <summary>A JSON patch: an array of operations.</summary>
    public static Patch Json(JsonArray operations) => new(PatchType.Json, ToUtf8(operations));

    /// <summary>A strategic merge patch.</summary>
    public static Patch StrategicMerge(JsonObject content) => new(PatchType.StrategicMerge, ToUtf8(content));

    /// <summary>A server-side apply of a whole intent (JSON is YAML).</summary>
    public static Patch Apply(JsonObject content, bool force) => new(PatchType.Apply, ToUtf8(content)) { Force = force };

    /// <summary>Only the format: the content may be a Secret.</summary>
    public override string ToString() => $"{Type} patch of {Content.Length} bytes";

    private static byte[] ToUtf8(JsonNode node) => System.Text.Encoding.UTF8.GetBytes(node.ToJsonString());
}
