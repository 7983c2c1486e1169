using Provisioning.Kubernetes;
using Provisioning.Resources;
using Webhook.Validation;
using Endpoint = Provisioning.Resources.Endpoint;

namespace Webhook.Offline;

/// <summary>What objects that are applied together say about each other. What is not among them may be in the cluster.</summary>
/// <param name="objects">In the order in which they would be applied.</param>
internal sealed class ManifestSet(IReadOnlyList<ManifestObject> objects)
{
    /// <summary>The violations that only show beside the objects before it.</summary>
    /// <param name="index">Which object.</param>
    public IEnumerable<FieldViolation> FindViolations(int index)
    {
        var current = objects[index];
        var earlier = objects.Take(index).Where(other => other.Resource.GetType() == current.Resource.GetType()).ToList();
        var violations = earlier.LastOrDefault(other => IsSame(other, current)) is { } before ? FindForbiddenChanges(before.Resource, current.Resource) : [];
        return current.Resource is ClusterDataSource { Spec.Schema: { Length: > 0 } schema } clusterDataSource
            && earlier.Exists(other => !IsSame(other, current) && HasSameDatabase((ClusterDataSource)other.Resource, clusterDataSource))
                ? violations.Append(FieldViolation.Duplicate("spec.schema", schema, Refusals.SchemaTaken))
                : violations;
    }

    private static IReadOnlyList<FieldViolation> FindForbiddenChanges(Resource before, Resource after) => (before, after) switch
    {
        (DataSource first, DataSource second) => ResourceRules.FindForbiddenChanges(first, second),
        (ClusterDataSource first, ClusterDataSource second) => ResourceRules.FindForbiddenChanges(first, second),
        (ClusterDeployment first, ClusterDeployment second) => ResourceRules.FindForbiddenChanges(first, second),
        _ => [],
    };

    private bool HasSameDatabase(ClusterDataSource one, ClusterDataSource other) =>
        one.Spec?.Schema is { Length: > 0 } schema
        && DatabaseNames.FromSchema(schema).Database == DatabaseNames.FromSchema(other.Spec!.Schema!).Database
        && (ServerOf(one) == ServerOf(other) || EndpointsOf(ServerOf(one)).Overlaps(EndpointsOf(ServerOf(other))));

    private HashSet<Endpoint> EndpointsOf(NamespacedName server) =>
        [.. (objects.Select(item => item.Resource).OfType<DataSource>().FirstOrDefault(item => item.Key == server)?.Spec?.Endpoints ?? [])
            .Select(text => Endpoint.TryParse(text, out var endpoint, out _) ? endpoint : null).OfType<Endpoint>()];

    private static NamespacedName ServerOf(ClusterDataSource resource) => new(resource.Key.Namespace, resource.Spec?.DataSource ?? "");

    // Objects with generateName are never the same.
    private static bool IsSame(ManifestObject one, ManifestObject other) =>
        one.Resource.Key == other.Resource.Key && !string.IsNullOrEmpty(one.Resource.Metadata.Name);
}
