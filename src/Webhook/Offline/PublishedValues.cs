using Provisioning.Kubernetes;
using Provisioning.Resources;
using Webhook.Injection;

namespace Webhook.Offline;

/// <summary>Finds in manifests what a cluster's control plane starts with.</summary>
/// <param name="files">Manifests that have been read once without a mistake.</param>
/// <param name="defaultNamespace">The namespace of objects that name none.</param>
internal sealed class PublishedValues(IReadOnlyList<ManifestFile> files, string defaultNamespace)
{
    /// <summary>The values of a release.</summary>
    /// <param name="release">The HelmRelease.</param>
    /// <param name="clusterName">The cluster; null: the ClusterDeployment that owns the release.</param>
    /// <param name="remark">What people should know, in one line; empty when there is nothing.</param>
    /// <returns>Null when the manifests do not tell.</returns>
    public DataSourceValues? Find(ManifestNode release, string? clusterName, out string remark)
    {
        var inNamespace = release["metadata"]?.TextOf("namespace") is { Length: > 0 } named ? named : defaultNamespace;
        if ((clusterName ?? OwnerOf(release)) is not { Length: > 0 } name)
        {
            remark = "The HelmRelease is owned by no ClusterDeployment: give its cluster's name with --cluster.";
            return null;
        }

        var cluster = new NamespacedName(inNamespace, name);
        var resources = files.SelectMany(file => file.Read().SelectMany(ManifestObject.Unfold)
            .Select(node => ManifestObject.Read(file.Name, node, defaultNamespace)?.Resource)).OfType<Resource>().ToList();
        var published = resources.OfType<ClusterDataSource>().LastOrDefault(item => item.Key == cluster);
        var server = published?.Spec?.DataSource ?? resources.OfType<ClusterDeployment>().LastOrDefault(item => item.Key == cluster)?.Spec?.DataSource;
        var candidates = resources.OfType<DataSource>()
            .Where(item => item.Key.Namespace == inNamespace && (server is null || item.Key.Name == server)).DistinctBy(item => item.Key).ToList();
        if (candidates is not [var dataSource])
        {
            remark = $"The files must hold the one DataSource of {cluster}{(server is null ? "" : $", {QuotedText.Of(server)}")}; there are {candidates.Count}.";
            return null;
        }

        var authorityKey = dataSource.Spec?.CertificateAuthority?.Key;
        if (published?.Status is { KineDataSourceSecret: { Length: > 0 } secret } status)
        {
            // As in admission: only "ready" says that the names in the status belong to the DataSource in the spec.
            var isSettled = status.Ready && status.ObservedGeneration == published.Metadata.Generation;
            remark = status switch
            {
                { CaSecret: null } => "",
                _ when !isSettled => $"ClusterDataSource {cluster} is not ready: the key of the CA in Secret {QuotedText.Of(status.CaSecret)} is unknown.",
                _ when authorityKey is null => $"ClusterDataSource {cluster} has a CA and its DataSource has none.",
                _ => "",
            };
            return remark.Length > 0 ? null : new DataSourceValues(secret, status.CaSecret is { } ca ? new CaSecretValues(ca, authorityKey!) : null);
        }

        // The names that the controller begins with; it publishes others only after a change.
        remark = $"No status of ClusterDataSource {cluster} is given: these are the names that a new cluster gets.";
        return new DataSourceValues($"{name}-kine", authorityKey is null ? null : new CaSecretValues($"{name}-kine-ca", authorityKey));
    }

    private static string? OwnerOf(ManifestNode release) => release["metadata"]?["ownerReferences"]?.Items
        .FirstOrDefault(owner => owner.TextOf("kind") == "ClusterDeployment"
            && owner.TextOf("apiVersion").StartsWith($"{ClusterDeployment.ResourceType.Group}/", StringComparison.Ordinal))?.TextOf("name");
}
