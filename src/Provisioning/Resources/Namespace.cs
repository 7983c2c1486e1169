using Provisioning.Kubernetes;

namespace Provisioning.Resources;

/// <summary>A core <c>v1 Namespace</c>: only whether it is about to go.</summary>
public sealed record Namespace : Resource, IResource
{
    /// <inheritdoc/>
    public static ResourceType ResourceType { get; } = new("", "v1", "namespaces", "Namespace");

    /// <summary>The observed state.</summary>
    public NamespaceStatus? Status { get; init; }

    /// <summary>Everything in it is being deleted.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsTerminating => Metadata.IsBeingDeleted || Status?.Phase == "Terminating";
}

/// <summary>The field of <c>Namespace.status</c> that we read.</summary>
public sealed record NamespaceStatus
{
    /// <summary><c>Active</c> or <c>Terminating</c>.</summary>
    public string? Phase { get; init; }
}
