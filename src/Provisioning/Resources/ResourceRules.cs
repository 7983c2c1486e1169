namespace Provisioning.Resources;

/// <summary>
/// What the objects may say: the same in admission and again in the controller before it provisions, because each is safe when the other
/// was down. Pure, and safe for concurrent use. Every violation is found, in the order of the object's fields; an empty list means none.
/// </summary>
/// <param name="policy">Where credentials may be sent.</param>
public sealed class ResourceRules(EndpointPolicy policy)
{
    private readonly DataSourceValidator dataSources = new(policy);
    private readonly ClusterDataSourceValidator clusterDataSources = new();
    private readonly ClusterDeploymentValidator clusterDeployments = new();

    /// <summary>The rules of a DataSource by itself.</summary>
    public IReadOnlyList<FieldViolation> FindViolations(DataSource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return resource.Spec is { } spec ? dataSources.FindViolations(spec) : [FieldViolation.Required("spec")];
    }


    /// <summary>The rules of a ClusterDataSource by itself; its namespace and name (or generateName) must be known.</summary>
    public IReadOnlyList<FieldViolation> FindViolations(ClusterDataSource resource) => clusterDataSources.FindViolations(resource);

    /// <summary>The rules of a ClusterDeployment by itself: only of <c>spec.dataSource</c>.</summary>
    public IReadOnlyList<FieldViolation> FindViolations(ClusterDeployment resource) => clusterDeployments.FindViolations(resource);

    /// <summary>What must stay as it was: the whole spec.</summary>
    public static IReadOnlyList<FieldViolation> FindForbiddenChanges(DataSource before, DataSource after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        return before.Spec == after.Spec ? [] : [FieldViolation.Forbidden("spec", Rejections.SpecImmutable)];
    }

    /// <summary>What must stay as it was: the schema. <c>spec.dataSource</c> may change: the cluster follows to a restored server.</summary>
    public static IReadOnlyList<FieldViolation> FindForbiddenChanges(ClusterDataSource before, ClusterDataSource after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        return before.Spec?.Schema == after.Spec?.Schema
            ? []
            : [FieldViolation.Invalid("spec.schema", after.Spec?.Schema, Rejections.Immutable)];
    }

    /// <summary>
    /// What must stay as it was: whether there is a DataSource. Its state does not move from etcd to PostgreSQL or back: the control plane
    /// would start empty.
    /// </summary>
    public static IReadOnlyList<FieldViolation> FindForbiddenChanges(ClusterDeployment before, ClusterDeployment after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        return (string.IsNullOrEmpty(before.Spec?.DataSource), string.IsNullOrEmpty(after.Spec?.DataSource)) switch
        {
            (true, false) => [FieldViolation.Forbidden("spec.dataSource", Rejections.DataSourceAdded)],
            (false, true) => [FieldViolation.Forbidden("spec.dataSource", Rejections.DataSourceRemoved)],
            _ => [],
        };
    }
}
