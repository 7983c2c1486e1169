using System.Text.Json.Nodes;
using Provisioning.Kubernetes;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>Makes for a ClusterDeployment what kcm 1.6 and later would make, to the letter: whoever is first, the other finds its own.</summary>
internal static class NewClusterDataSource
{
    /// <summary>The object to create.</summary>
    /// <param name="deployment">Whose it is.</param>
    /// <param name="suffix">The random end of its schema.</param>
    public static ClusterDataSource For(ClusterDeployment deployment, string suffix) =>
        For(deployment.Key, OwnerReference.ToController(deployment), deployment.Spec!.DataSource!, suffix);

    /// <summary>The same for another owner.</summary>
    /// <param name="key">The owner's name, which is also that of the ClusterDataSource.</param>
    /// <param name="owner">Its controller.</param>
    /// <param name="dataSource">The DataSource.</param>
    /// <param name="suffix">The random end of its schema.</param>
    public static ClusterDataSource For(NamespacedName key, OwnerReference owner, string dataSource, string suffix) => new()
    {
        Metadata = new ObjectMeta
        {
            Name = key.Name,
            Namespace = key.Namespace,
            Labels = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                [LabelNames.Managed] = LabelNames.ManagedValue,
                [LabelNames.Component] = LabelNames.ComponentValue,
            },
            OwnerReferences = [owner],
            Finalizers = [ClusterDataSource.Finalizer],
        },
        Spec = new ClusterDataSourceSpec
        {
            DataSource = dataSource,
            Schema = DatabaseNames.DefaultSchema(key.Namespace, key.Name, suffix),
        },
    };

    /// <summary>Whether the ClusterDataSource is this ClusterDeployment's own: only then it follows its <c>spec.dataSource</c>.</summary>
    public static bool IsControlledBy(ClusterDataSource clusterDataSource, ClusterDeployment deployment) =>
        RunningClusters.ClusterDeploymentOf(clusterDataSource) is { } uid && uid == deployment.Metadata.Uid;

    /// <summary>The merge patch that lets it follow, conditional on the version that was read.</summary>
    public static JsonObject Follow(ClusterDataSource clusterDataSource, string dataSource) => new()
    {
        ["metadata"] = new JsonObject { ["resourceVersion"] = clusterDataSource.Metadata.ResourceVersion },
        ["spec"] = new JsonObject { ["dataSource"] = dataSource },
    };
}
