using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Provisioning.Kubernetes;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>Reads and writes the Secrets of ClusterDataSources, each by its name: they are never listed or watched.</summary>
internal sealed class OwnedSecrets(IKubernetesClient client, ILogger<OwnedSecrets> logger)
{
    /// <summary>The Secret of this name, whoever's it is; null when there is none. Any other failure to read is an exception.</summary>
    public Task<Secret?> FindAsync(ClusterDataSource owner, string name, CancellationToken cancellationToken) =>
        FindAsync(owner.Key with { Name = name }, GetOptions.MostRecent, cancellationToken);

    /// <summary>The same as the API server remembers it: for who writes nothing.</summary>
    public Task<Secret?> FindRememberedAsync(ClusterDataSource owner, string name, CancellationToken cancellationToken) =>
        FindAsync(owner.Key with { Name = name }, GetOptions.Remembered, cancellationToken);

    /// <summary>Makes the Secret as wanted and writes only when something differs. Null: it is; else what a person must do.</summary>
    /// <param name="owner">The ClusterDataSource as it is stored.</param>
    /// <param name="existing">What <see cref="FindAsync(ClusterDataSource, string, CancellationToken)"/> found.</param>
    /// <param name="wanted">What it is to hold.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<Problem?> EnsureAsync(ClusterDataSource owner, Secret? existing, WantedSecret wanted, CancellationToken cancellationToken)
    {
        var name = owner.Key with { Name = wanted.Name };
        try
        {
            switch (SecretPlan.Decide(existing, wanted, owner))
            {
                case SecretChange.Create create:
                    await client.CreateAsync(create.Secret, WriteOptions.Default, cancellationToken);
                    logger.SecretCreated(owner.Key, name);
                    return null;
                case SecretChange.Merge merge:
                    await client.PatchAsync<Secret>(name, Patch.Merge(merge.Patch), WriteOptions.Default, cancellationToken);
                    logger.SecretChanged(owner.Key, name);
                    return null;
                case SecretChange.Conflict:
                    return new Problem(
                        Reasons.SecretConflict,
                        $"Secret {name} exists and does not belong to this ClusterDataSource; delete or rename it if it is not needed, it will not be overwritten");
                default:
                    return null;
            }
        }
        catch (KubernetesApiException exception) when (exception.StatusCode is HttpStatusCode.UnprocessableEntity or HttpStatusCode.Forbidden)
        {
            return new Problem(Reasons.SecretRejected, $"the API server refuses to store Secret {name}: {exception.Message}") { Cause = exception };
        }
    }

    /// <summary>Sets an annotation of the Secret as it was read, or takes it away, if it is ours. Throws when somebody changed it meanwhile.</summary>
    /// <param name="owner">The ClusterDataSource as it is stored.</param>
    /// <param name="existing">What <see cref="FindAsync(ClusterDataSource, string, CancellationToken)"/> found.</param>
    /// <param name="annotation">Which one.</param>
    /// <param name="value">Null: none.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task AnnotateAsync(ClusterDataSource owner, Secret existing, string annotation, string? value, CancellationToken cancellationToken)
    {
        if (SecretPlan.IsOurs(existing, owner.Metadata) && existing.Metadata.Annotations?.GetValueOrDefault(annotation) != value)
        {
            var patch = new JsonObject
            {
                ["metadata"] = new JsonObject
                {
                    ["annotations"] = new JsonObject { [annotation] = value },
                    ["resourceVersion"] = existing.Metadata.ResourceVersion,
                },
            };
            await client.PatchAsync<Secret>(existing.Key, Patch.Merge(patch), WriteOptions.Default, cancellationToken);
        }
    }

    /// <summary>Deletes the Secret if it is ours; one that is gone or belongs to somebody else is left as it is.</summary>
    public async Task DeleteAsync(ClusterDataSource owner, string name, CancellationToken cancellationToken)
    {
        if (await FindAsync(owner, name, cancellationToken) is { } secret)
        {
            await DeleteAsync(owner, secret, cancellationToken);
        }
    }

    /// <summary>Deletes exactly this Secret, not one that took its name meanwhile, if it is ours.</summary>
    public async Task DeleteAsync(ClusterDataSource owner, Secret secret, CancellationToken cancellationToken)
    {
        if (!SecretPlan.IsOurs(secret, owner.Metadata))
        {
            return;
        }

        try
        {
            await client.DeleteAsync<Secret>(secret.Key, new DeleteOptions { Uid = secret.Metadata.Uid }, cancellationToken);
            logger.SecretDeleted(owner.Key, secret.Key);
        }
        catch (KubernetesApiException exception) when (exception.IsNotFound || exception.IsConflict)
        {
            // The garbage collector was faster, or another controller, which made another one.
        }
    }

    private async Task<Secret?> FindAsync(NamespacedName name, GetOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return await client.GetAsync<Secret>(name, options, cancellationToken);
        }
        catch (KubernetesApiException exception) when (exception.IsNotFound)
        {
            return null;
        }
    }
}
