using Provisioning.Kubernetes;

namespace Provisioning.Tests.Reconciliation;

/// <summary>Another kind of nobody's, which refers to a widget.</summary>
internal sealed record Gadget : Resource, IResource
{
    public static ResourceType ResourceType { get; } = new("example.com", "v1", "gadgets", "Gadget");

    public string? Widget { get; init; }
}
