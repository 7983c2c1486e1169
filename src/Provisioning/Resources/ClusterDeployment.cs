using Provisioning.Kubernetes;

namespace Provisioning.Resources;

/// <summary>k0rdent's <c>ClusterDeployment</c>: only the fields that we read. It is never written.</summary>
public sealed record ClusterDeployment : Resource, IResource
{
    /// <inheritdoc/>
    public static ResourceType ResourceType { get; } =
        new("k0rdent.mirantis.com", "v1beta1", "clusterdeployments", "ClusterDeployment");

    /// <summary>The desired state.</summary>
    public ClusterDeploymentSpec? Spec { get; init; }
}

/// <summary>The fields of <c>ClusterDeployment.spec</c> that we read.</summary>
public sealed record ClusterDeploymentSpec
{
    /// <summary>The DataSource in the same namespace; null or empty: the cluster keeps its state in etcd.</summary>
    public string? DataSource { get; init; }

    /// <summary>True: only validate, create nothing. Null means false.</summary>
    public bool? DryRun { get; init; }
}
