using Provisioning.Kubernetes;

namespace Provisioning.ClusterDataSources;

/// <summary>A core <c>v1 Namespace</c>: only whether it is being deleted.</summary>
internal sealed record Namespace : Resource, IResource
{
    /// <inheritdoc/>
    public static ResourceType ResourceType { get; } = new("", "v1", "namespaces", "Namespace");
}
