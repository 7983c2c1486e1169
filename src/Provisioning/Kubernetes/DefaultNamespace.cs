namespace Provisioning.Kubernetes;

/// <summary>The namespace of those who name none: that of the kubeconfig's context, or of the pod.</summary>
/// <param name="Name">Null: neither says, which for kubectl means <c>default</c>.</param>
public sealed record DefaultNamespace(string? Name);
