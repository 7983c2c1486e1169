using Provisioning.Kubernetes;

namespace Provisioning.Resources;

/// <summary>A core <c>v1 Secret</c>. The controller reads and writes them by name and never lists them.</summary>
public sealed record Secret : Resource, IResource
{
    /// <inheritdoc/>
    public static ResourceType ResourceType { get; } = new("", "v1", "secrets", "Secret");

    /// <summary>Keys and their bytes; base64 on the wire. Null means none.</summary>
    public IReadOnlyDictionary<string, byte[]>? Data { get; init; }

    /// <summary>Null means <c>Opaque</c>.</summary>
    public string? Type { get; init; }
}
