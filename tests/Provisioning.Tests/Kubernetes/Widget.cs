using Provisioning.Kubernetes;

namespace Provisioning.Tests.Kubernetes;

/// <summary>A kind of nobody's, for tests of the client and of reconciliation.</summary>
internal sealed record Widget : Resource, IResource
{
    public static ResourceType ResourceType { get; } = new("example.com", "v1", "widgets", "Widget");

    public WidgetSpec? Spec { get; init; }

    public static Widget Named(string name, string version = "1", string inNamespace = "ns", string? color = null, string? uid = null) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = inNamespace, ResourceVersion = version, Uid = uid ?? $"uid-{name}" },
        Spec = new WidgetSpec { Color = color },
    };
}

internal sealed record WidgetSpec
{
    public string? Color { get; init; }

    public byte[]? Content { get; init; }
}
