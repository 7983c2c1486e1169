namespace Webhook.Injection;

/// <summary>What the cluster that owns a release must start with.</summary>
internal abstract record PublishedDataSource
{
    private PublishedDataSource()
    {
    }

    /// <summary>The owner does not exist (any more), is another object, or keeps its state in etcd: the release is none of our business.</summary>
    public sealed record NotOurs : PublishedDataSource;

    /// <summary>The owner's control plane needs Secrets that do not exist yet.</summary>
    /// <param name="What">What is waited for, as a clause for people.</param>
    public sealed record Awaited(string What) : PublishedDataSource;

    /// <summary>The Secrets exist.</summary>
    /// <param name="ClusterDataSource"><c>namespace/name</c>.</param>
    /// <param name="SecretName">The Secret with the DSN.</param>
    /// <param name="AuthorityName">The Secret with the CA; null when there is none.</param>
    /// <param name="AuthorityKey">Its key; null when the DataSource that names it is not there.</param>
    /// <param name="IsSettled">
    /// False while the ClusterDataSource follows a change of its spec: the Secrets are the old DataSource's, the key may be the new one's.
    /// </param>
    public sealed record Found(string ClusterDataSource, string SecretName, string? AuthorityName, string? AuthorityKey, bool IsSettled)
        : PublishedDataSource;
}
