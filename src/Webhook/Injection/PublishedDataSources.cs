using Provisioning.Kubernetes;
using Provisioning.Resources;

namespace Webhook.Injection;

/// <summary>
/// Looks up what a ClusterDeployment's control plane must start with. Reads the API server, not a cache: a cache that is behind right
/// after a move to another DataSource would have the old Secret's name written over kcm's new one (decision 0010).
/// </summary>
internal sealed class PublishedDataSources(IKubernetesClient kubernetes)
{
    /// <summary>Finds it for one owner reference.</summary>
    /// <exception cref="KubernetesApiException">The API server refused.</exception>
    /// <exception cref="HttpRequestException">It did not answer.</exception>
    public async ValueTask<PublishedDataSource> FindAsync(string inNamespace, OwnerReference owner, CancellationToken cancellationToken)
    {
        var key = new NamespacedName(inNamespace, owner.Name);
        var cluster = await FindAsync<ClusterDeployment>(key, cancellationToken);
        if (cluster is null || cluster.Metadata.Uid != owner.Uid || string.IsNullOrEmpty(cluster.Spec?.DataSource))
        {
            return new PublishedDataSource.NotOurs();
        }

        var clusterDataSource = await FindAsync<ClusterDataSource>(key, cancellationToken);
        if (clusterDataSource?.Metadata.OwnerReferences?.Any(reference => reference.Controller == true && reference.Kind != ClusterDeployment.ResourceType.Kind) == true)
        {
            // Another control plane runs on that database.
            return new PublishedDataSource.Awaited($"ClusterDataSource {key} belongs to another object");
        }

        if (clusterDataSource?.Status?.KineDataSourceSecret is { Length: > 0 })
        {
            return await FindAsync(clusterDataSource, cancellationToken);
        }

        // A dry run creates nothing, so nothing will ever be published, and nothing will start.
        return cluster.Spec.DryRun == true
            ? new PublishedDataSource.NotOurs()
            : new PublishedDataSource.Awaited(clusterDataSource is null
                ? $"ClusterDataSource {key} does not exist yet"
                : $"ClusterDataSource {key} has not published its Secret yet");
    }

    /// <summary>What a ClusterDataSource has published; its status must name a Secret. Throws the same.</summary>
    public async ValueTask<PublishedDataSource> FindAsync(ClusterDataSource clusterDataSource, CancellationToken cancellationToken)
    {
        var (key, status) = (clusterDataSource.Key, clusterDataSource.Status!);
        var secret = status.KineDataSourceSecret!;

        if (string.IsNullOrEmpty(status.CaSecret))
        {
            return new PublishedDataSource.Found(key.ToString(), secret, AuthorityName: null, AuthorityKey: null, KeyUnknown: null);
        }

        // Also a move that failed has been observed: only "ready" says that the names in the status belong to the DataSource in the spec.
        if (!status.Ready || status.ObservedGeneration != clusterDataSource.Metadata.Generation)
        {
            return Keyless($"the key of the CA in Secret {status.CaSecret} is unknown before ClusterDataSource {key} is ready");
        }

        var dataSource = await FindAsync<DataSource>(key with { Name = clusterDataSource.Spec?.DataSource ?? "" }, cancellationToken);
        return dataSource switch
        {
            null => Keyless($"the DataSource of ClusterDataSource {key} does not exist"),
            { Spec.CertificateAuthority.Key: { Length: > 0 } authorityKey } =>
                new PublishedDataSource.Found(key.ToString(), secret, status.CaSecret, authorityKey, KeyUnknown: null),
            _ => Keyless($"the DataSource of ClusterDataSource {key} names no CA, although Secret {status.CaSecret} is published for one"),
        };

        PublishedDataSource.Found Keyless(string reason) => new(key.ToString(), secret, status.CaSecret, AuthorityKey: null, reason);
    }

    /// <summary>An object; null when there is none, or no name. Throws the same.</summary>
    public async ValueTask<T?> FindAsync<T>(NamespacedName name, CancellationToken cancellationToken)
        where T : class, IResource
    {
        try
        {
            return name.Name.Length == 0 ? null : await kubernetes.GetAsync<T>(name, cancellationToken);
        }
        catch (KubernetesApiException exception) when (exception.IsNotFound)
        {
            return null;
        }
    }
}
