using System.Text.Json;
using Provisioning.Kubernetes;
using Provisioning.Resources;
using Webhook.Admission;

namespace Webhook.Validation;

/// <summary>Decides about ClusterDataSources: what they say, whether another has their database, and who writes their status.</summary>
internal sealed class ClusterDataSourceHandler(
    ResourceRules rules, IKubernetesClient client, SchemaUniqueness uniqueness, StatusWriters statusWriters, ILogger<ClusterDataSourceHandler> logger)
    : IValidatingHandler
{
    /// <inheritdoc/>
    public string Group => ClusterDataSource.ResourceType.Group;

    /// <inheritdoc/>
    public string Resource => ClusterDataSource.ResourceType.Plural;

    /// <inheritdoc/>
    public object? ReadObject(ref Utf8JsonReader reader) => ReviewedObject.Read<ClusterDataSource>(ref reader);

    /// <inheritdoc/>
    public async ValueTask<AdmissionDecision> DecideAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return (request.SubResource, request.Operation) switch
            {
                ("", AdmissionOperation.Create) => await DecideOnCreateAsync(request, cancellationToken),
                ("", AdmissionOperation.Update) => await DecideOnUpdateAsync(request, cancellationToken),
                ("status", AdmissionOperation.Update) => await DecideOnStatusAsync(request, cancellationToken),
                _ => Decisions.Unruled("none"),
            };
        }
        catch (Exception exception) when (Decisions.IsNoAnswer(exception, cancellationToken))
        {
            logger.DecisionNeedsAnswer(exception, request.Uid);
            return Decisions.Unavailable();
        }
    }

    private async Task<AdmissionDecision> DecideOnCreateAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (!ReviewedObject.TryReadNew<ClusterDataSource>(request, out var read, out var denial))
        {
            return denial;
        }

        var resource = InNamespace(read, request);
        var violations = rules.FindViolations(resource);
        return violations.Count > 0 ? Decisions.Deny(violations) : await JudgeServerAsync(resource, request, cancellationToken);
    }

    private async Task<AdmissionDecision> DecideOnUpdateAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (!ReviewedObject.TryReadNew<ClusterDataSource>(request, out var read, out var denial)
            || !ReviewedObject.TryReadOld<ClusterDataSource>(request, out var before, out denial))
        {
            return denial;
        }

        if (read.Metadata.IsBeingDeleted || before.Spec == read.Spec)
        {
            return Decisions.Unruled(read.Metadata.IsBeingDeleted ? "being-deleted" : "unchanged");
        }

        // Only what changes is judged: a schema from before these rules must not keep its cluster from following to a restored server.
        var after = InNamespace(read, request);
        var violations = rules.FindViolations(after)
            .Where(violation => violation.Field != "spec.schema")
            .Concat(ResourceRules.FindForbiddenChanges(before, after))
            .ToList();
        return violations.Count > 0 ? Decisions.Deny(violations) : await JudgeServerAsync(after, request, cancellationToken);
    }

    // Also while the object is being deleted: its status still decides which Secrets are handed on, and its true writer is never stopped.
    private async Task<AdmissionDecision> DecideOnStatusAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (!ReviewedObject.TryReadNew<ClusterDataSource>(request, out var after, out var denial)
            || !ReviewedObject.TryReadOld<ClusterDataSource>(request, out var before, out denial))
        {
            return denial;
        }

        if (before.Status == after.Status)
        {
            return Decisions.Unruled("unchanged");
        }

        var violation = await statusWriters.FindViolationAsync(request.UserInfo, cancellationToken);
        return violation is null ? Decisions.Pass([]) : Decisions.Deny([violation]);
    }

    private async Task<AdmissionDecision> JudgeServerAsync(ClusterDataSource resource, AdmissionRequest request, CancellationToken cancellationToken)
    {
        DataSource server;
        try
        {
            server = await client.GetAsync<DataSource>(new NamespacedName(resource.Key.Namespace, resource.Spec!.DataSource!), cancellationToken);
        }
        catch (KubernetesApiException exception) when (exception.IsNotFound)
        {
            return Decisions.Pass([.. AnnotationSpelling.Find(resource), DataSourceLookup.MissingWarning("spec.dataSource", resource.Spec!.DataSource!)]);
        }

        var violation = await uniqueness.FindViolationAsync(resource, server, request.DryRun, cancellationToken);
        return violation is null ? Decisions.Pass(AnnotationSpelling.Find(resource)) : Decisions.Deny([violation]);
    }

    private static ClusterDataSource InNamespace(ClusterDataSource resource, AdmissionRequest request) =>
        resource with
        {
            Metadata = resource.Metadata with
            {
                Namespace = request.Namespace,
                Name = resource.Metadata.Name ?? (request.Name.Length > 0 ? request.Name : null),
            },
        };
}
