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
    /// <param name="AuthorityKey">Its key; null when there is no CA, or nobody knows.</param>
    /// <param name="KeyUnknown">
    /// Why nobody knows the key, as a clause for people; null when it is known or not needed. The status of a ClusterDataSource that is not
    /// ready names the Secrets of the DataSource that was the last to be made ready, and its spec may name another one by now.
    /// </param>
    public sealed record Found(string ClusterDataSource, string SecretName, string? AuthorityName, string? AuthorityKey, string? KeyUnknown)
        : PublishedDataSource;
}
