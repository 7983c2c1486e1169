using Provisioning.Kubernetes;

namespace Webhook.Injection;

/// <summary>What a field of the release holds.</summary>
internal enum FieldState
{
    /// <summary>It is not there, or null: the API server makes no difference for an optional field.</summary>
    Absent,

    /// <summary>An object.</summary>
    Object,

    /// <summary>Something else: an array, a string, a number, a boolean.</summary>
    Other,
}

/// <summary>The fields of a HelmRelease that injection needs. Everything else is never looked at.</summary>
internal sealed record ReleaseFields
{
    /// <summary>More owners than any real release has; each is looked up.</summary>
    public const int MaxOwners = 8;

    /// <summary>More than anybody has to see at once.</summary>
    public const int MaxOverrides = 16;

    /// <summary><c>metadata.deletionTimestamp</c> is set.</summary>
    public bool IsBeingDeleted { get; init; }

    /// <summary>The owner references to ClusterDeployments of <c>k0rdent.mirantis.com</c>; read no further than one more than <see cref="MaxOwners"/>.</summary>
    public IReadOnlyList<OwnerReference> Owners { get; init; } = [];

    /// <summary><c>spec</c>.</summary>
    public FieldState Spec { get; init; }

    /// <summary><c>spec.values</c>.</summary>
    public FieldState Values { get; init; }

    /// <summary><c>spec.values.dataSource</c>.</summary>
    public FieldState DataSource { get; init; }

    /// <summary>What <c>spec.values.dataSource</c> says, when it says what kcm would and nothing else; otherwise null.</summary>
    public DataSourceValues? Known { get; init; }

    /// <summary><c>spec.values.dataSource.kineDataSourceSecretName</c> as it stands there; null when that is no string.</summary>
    public string? KineDataSourceSecretName { get; init; }

    /// <summary>The items of <c>spec.valuesFrom</c> that would replace <c>dataSource</c> or something in it.</summary>
    public IReadOnlyList<ValueOverride> Overrides { get; init; } = [];
}
