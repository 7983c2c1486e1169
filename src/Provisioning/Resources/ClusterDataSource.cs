using Provisioning.Kubernetes;

namespace Provisioning.Resources;

/// <summary>One cluster's database: <c>ClusterDataSource</c> of <c>k0rdent.mirantis.com/v1beta1</c>, named like its ClusterDeployment.</summary>
public sealed record ClusterDataSource : Resource, IResource
{
    /// <summary>kcm puts it on; our controller takes it off when the role is gone.</summary>
    public const string Finalizer = "k0rdent.mirantis.com/cluster-data-source";

    /// <inheritdoc/>
    public static ResourceType ResourceType { get; } =
        new("k0rdent.mirantis.com", "v1beta1", "clusterdatasources", "ClusterDataSource");

    /// <summary>The desired state. Null only when an object bypassed the schema.</summary>
    public ClusterDataSourceSpec? Spec { get; init; }

    /// <summary>The observed state; null until the controller has looked.</summary>
    public ClusterDataSourceStatus? Status { get; init; }
}

/// <summary><c>ClusterDataSource.spec</c>.</summary>
public sealed record ClusterDataSourceSpec
{
    /// <summary>The DataSource in the same namespace. May change: the cluster then follows to a restored server.</summary>
    public string? DataSource { get; init; }

    /// <summary>The name of the database; immutable.</summary>
    public string? Schema { get; init; }
}

/// <summary><c>ClusterDataSource.status</c>, all the fields that the CRD keeps. kcm goes on when ready, without error, and observed.</summary>
public sealed record ClusterDataSourceStatus
{
    /// <summary>Both Secrets exist and the role has logged in.</summary>
    public bool Ready { get; init; }

    /// <summary><c>Reason: one sentence</c>; null when there is none.</summary>
    public string? Error { get; init; }

    /// <summary>The generation that this status is about.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>The Secret with the DSN. A new name makes control planes roll.</summary>
    public string? KineDataSourceSecret { get; init; }

    /// <summary>The Secret with the CA; null if and only if the DataSource has none.</summary>
    public string? CaSecret { get; init; }
}
