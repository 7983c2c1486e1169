using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Provisioning.ClusterDataSources;
using Provisioning.Kubernetes;
using Provisioning.Reconciliation;
using Provisioning.Resources;

namespace Provisioning.Consumers;

/// <summary>
/// Makes the ClusterDataSource of an object that asks for a database by annotation, lets it follow when the annotation changes, and sends the
/// object through admission again when other Secrets are published: there their names are written. Changes nothing of it but annotations.
/// </summary>
/// <typeparam name="TSeen">The kind as the informer keeps it.</typeparam>
/// <typeparam name="TConsumer">The kind with its spec.</typeparam>
internal sealed class ConsumerReconciler<TSeen, TConsumer>(
    IKubernetesClient client, IResourceCache<TSeen> cache, IRandomSuffix suffixes, ILogger<ConsumerReconciler<TSeen, TConsumer>> logger) : IReconciler
    where TSeen : Resource, IResource
    where TConsumer : Resource, IConsumer
{
    private const string FluxRequest = "reconcile.fluxcd.io/requestedAt";
    private static readonly string Kind = TSeen.ResourceType.Kind;

    /// <inheritdoc/>
    public async Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken cancellationToken)
    {
        // Nearly all releases of a cluster are nobody's; the cache is enough to know.
        if (cache.Get(key) is not { } seen || !IsConsumer(seen.Metadata)
            || await client.FindAsync<TConsumer>(key, cancellationToken) is not { } consumer || !IsConsumer(consumer.Metadata))
        {
            return ReconcileResult.Done;
        }

        if (consumer.Secrets?.AreOf(key.Name) != true)
        {
            throw new TerminalException(
                $"{Kind} {key} has annotation {ConsumerAnnotations.DataSource} but names no Secret of its own: it was created while the webhook did not answer, and its control plane may have its state elsewhere; delete it and create it again");
        }

        var clusterDataSource = await client.FindAsync<ClusterDataSource>(key, cancellationToken);
        if (clusterDataSource is null)
        {
            await CreateAsync(consumer, cancellationToken);
        }
        else if (!clusterDataSource.Metadata.IsBeingDeleted)
        {
            await FollowAsync(consumer, clusterDataSource, cancellationToken);
        }

        return ReconcileResult.Done;
    }

    /// <summary>Whether a change may be one of a consumer. Status updates, which Flux writes all the time, are not.</summary>
    public static bool Concerns(ResourceChange<TSeen> change) => (change.Old?.Metadata, change.New?.Metadata) switch
    {
        ({ } before, { } after) when before.Uid == after.Uid && before.Generation == after.Generation && before.IsBeingDeleted == after.IsBeingDeleted
            && (before.Annotations ?? Empty).Count == (after.Annotations ?? Empty).Count && !(before.Annotations ?? Empty).Except(after.Annotations ?? Empty).Any() => false,
        var (before, after) => (before is not null && IsConsumer(before)) || (after is not null && IsConsumer(after)),
    };

    private static IReadOnlyDictionary<string, string> Empty { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    // What belongs to a ClusterDeployment gets its database from there.
    private static bool IsConsumer(ObjectMeta metadata) =>
        !string.IsNullOrEmpty(metadata.Annotations?.GetValueOrDefault(ConsumerAnnotations.DataSource))
        && !metadata.IsBeingDeleted
        && metadata.OwnerReferences?.Any(owner => owner.Kind == ClusterDeployment.ResourceType.Kind
            && owner.ApiVersion.StartsWith($"{ClusterDeployment.ResourceType.Group}/", StringComparison.Ordinal)) != true;

    private async Task CreateAsync(TConsumer consumer, CancellationToken cancellationToken)
    {
        var key = consumer.Key;
        if (consumer.Metadata.Annotations!.GetValueOrDefault(ConsumerAnnotations.Schema) is var schema && ConsumerAnnotations.IsSchemaOf(schema, key.Namespace, key.Name))
        {
            throw new TerminalException(
                $"{Kind} {key} already runs on the database of schema {schema}, but its ClusterDataSource is gone: a new one would start it on an empty database; create ClusterDataSource {key} with spec.schema {schema}");
        }

        var owner = new OwnerReference
        {
            ApiVersion = TSeen.ResourceType.ApiVersion,
            Kind = Kind,
            Name = key.Name,
            Uid = consumer.Metadata.Uid!,
            Controller = true,
        };
        try
        {
            await client.CreateAsync(NewClusterDataSource.For(key, owner, DataSourceOf(consumer), suffixes.Next()), WriteOptions.Default, cancellationToken);
            logger.ClusterDataSourceCreated(key, Kind);
        }
        catch (KubernetesApiException exception) when (exception.IsAlreadyExists)
        {
            // Another kind of the same name was faster, or a person: the watch brings it here again.
        }
    }

    private async Task FollowAsync(TConsumer consumer, ClusterDataSource clusterDataSource, CancellationToken cancellationToken)
    {
        var owner = clusterDataSource.Metadata.OwnerReferences?.FirstOrDefault(reference => reference.Controller == true);
        var key = consumer.Key;
        if (owner is not null && owner.Uid != consumer.Metadata.Uid)
        {
            throw new TerminalException($"{Kind} {key} cannot have a database: ClusterDataSource {key} belongs to {owner.Kind} {owner.Name}");
        }

        if (clusterDataSource.Spec?.DataSource != DataSourceOf(consumer))
        {
            // One that belongs to nobody is a person's to change.
            if (owner is not null)
            {
                await client.PatchAsync<ClusterDataSource>(
                    key, Patch.Merge(NewClusterDataSource.Follow(clusterDataSource, DataSourceOf(consumer))), WriteOptions.Default, cancellationToken);
                logger.ClusterDataSourceFollows(key, Kind, key with { Name = DataSourceOf(consumer) });
            }
        }
        else if (clusterDataSource.Status is { Ready: true, KineDataSourceSecret: { Length: > 0 } } status
            && status.ObservedGeneration == clusterDataSource.Metadata.Generation)
        {
            await InjectAsync(consumer, clusterDataSource, cancellationToken);
        }
    }

    private async Task InjectAsync(TConsumer consumer, ClusterDataSource clusterDataSource, CancellationToken cancellationToken)
    {
        var (key, schema, status) = (consumer.Key, clusterDataSource.Spec!.Schema!, clusterDataSource.Status!);
        var known = consumer.Metadata.Annotations!.GetValueOrDefault(ConsumerAnnotations.Schema);
        if (known == schema && Names(consumer, status))
        {
            return;
        }

        // Also without a change of its own a patch passes admission, where the names are written.
        var annotations = new JsonObject { [ConsumerAnnotations.Schema] = schema };
        if (known != schema && TSeen.ResourceType == HelmRelease.ResourceType)
        {
            // Flux may have given up for its whole interval on a Secret that did not exist.
            annotations[FluxRequest] = schema;
        }

        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject { ["resourceVersion"] = consumer.Metadata.ResourceVersion, ["annotations"] = annotations },
        };
        var stored = await client.PatchAsync<TConsumer>(key, Patch.Merge(patch), WriteOptions.Default, cancellationToken);
        if (!Names(stored, status))
        {
            throw new TerminalException(
                $"{Kind} {key} still names Secret {stored.Secrets?.Kine} and not {status.KineDataSourceSecret}: the webhook was not asked; is its configuration installed?");
        }

        logger.ConsumerInjected(Kind, key, status.KineDataSourceSecret!);
    }

    private static bool Names(TConsumer consumer, ClusterDataSourceStatus status) =>
        consumer.Secrets?.AreNamed(status.KineDataSourceSecret, status.CaSecret) == true;

    private static string DataSourceOf(TConsumer consumer) => consumer.Metadata.Annotations![ConsumerAnnotations.DataSource];
}
