using System.Text.Json;
using Microsoft.Extensions.Options;
using Provisioning.Resources;
using Webhook.Admission;

namespace Webhook.Validation;

/// <summary>Decides about DataSources: what they say, whose Secrets they name, and whether they may go.</summary>
internal sealed class DataSourceHandler(
    ResourceRules rules, SecretAccessRule secretAccess, DataSourceUsers users, IOptions<ValidationOptions> options, ILogger<DataSourceHandler> logger)
    : IValidatingHandler
{
    private const string ManagedLabel = "k0rdent.mirantis.com/managed";

    /// <inheritdoc/>
    public string Group => DataSource.ResourceType.Group;

    /// <inheritdoc/>
    public string Resource => DataSource.ResourceType.Plural;

    /// <inheritdoc/>
    public object? ReadObject(ref Utf8JsonReader reader) => ReviewedObject.Read(ref reader, DataSourceReader.Read);

    /// <inheritdoc/>
    public ValueTask<AdmissionDecision> DecideAsync(AdmissionRequest request, CancellationToken cancellationToken) =>
        (request.SubResource, request.Operation) switch
        {
            ("", AdmissionOperation.Create) => DecideOnCreateAsync(request, cancellationToken),
            ("", AdmissionOperation.Update) => DecideOnUpdateAsync(request, cancellationToken),
            ("", AdmissionOperation.Delete) => DecideOnDeleteAsync(request, cancellationToken),
            _ => new(Decisions.Unruled("none")),
        };

    private ValueTask<AdmissionDecision> DecideOnCreateAsync(AdmissionRequest request, CancellationToken cancellationToken) =>
        ReviewedObject.TryReadNew<DataSource>(request, out var dataSource, out var denial)
            ? JudgeAsync(request, before: null, InNamespace(dataSource, request), cancellationToken)
            : new(denial);

    private async ValueTask<AdmissionDecision> DecideOnUpdateAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (!ReviewedObject.TryReadNew<DataSource>(request, out var after, out var denial)
            || !ReviewedObject.TryReadOld<DataSource>(request, out var before, out denial))
        {
            return denial;
        }

        return after.Metadata.IsBeingDeleted ? Decisions.Unruled("being-deleted")
            : before.Spec == after.Spec ? Decisions.Unruled("unchanged")
            : await JudgeAsync(request, InNamespace(before, request), InNamespace(after, request), cancellationToken);
    }

    private async ValueTask<AdmissionDecision> DecideOnDeleteAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (!ReviewedObject.TryReadOld<DataSource>(request, out var dataSource, out var denial))
        {
            return denial;
        }

        if (dataSource.Metadata.IsBeingDeleted)
        {
            return Decisions.Unruled("being-deleted");
        }

        try
        {
            // The object's own name: the request's is empty when a whole collection is deleted.
            var violation = await users.FindViolationAsync(InNamespace(dataSource, request).Key, cancellationToken);
            return violation is null ? Decisions.Pass([]) : Decisions.Deny([violation]);
        }
        catch (Exception exception) when (Decisions.IsNoAnswer(exception, cancellationToken))
        {
            logger.DecisionNeedsAnswer(exception, request.Uid);
            return Decisions.Unavailable();
        }
    }

    private async ValueTask<AdmissionDecision> JudgeAsync(AdmissionRequest request, DataSource? before, DataSource after, CancellationToken cancellationToken)
    {
        var violations = rules.FindViolations(after);
        if (before is not null)
        {
            violations = [.. ResourceRules.FindForbiddenChanges(before, after), .. violations];
        }

        try
        {
            var references = SecretReferences.FindNew(before, after, violations);
            var (forbidden, warnings) = await secretAccess.CheckAsync(request.UserInfo, references, cancellationToken);
            return Decisions.From([.. violations, .. forbidden], [.. warnings, .. AnnotationSpelling.Find(after), .. DataSourceWarnings.Find(after, MayBeCopied(after, options.Value.SystemNamespace))]);
        }
        catch (Exception exception) when (Decisions.IsNoAnswer(exception, cancellationToken))
        {
            // What is refused anyway needs no second try to be refused.
            logger.DecisionNeedsAnswer(exception, request.Uid);
            return violations.Count > 0 ? Decisions.Deny(violations) : Decisions.Unavailable();
        }
    }

    /// <summary>Whether AccessManagement may copy it to, or has copied it from, another namespace.</summary>
    internal static bool MayBeCopied(DataSource dataSource, string systemNamespace) =>
        dataSource.Metadata.Namespace == systemNamespace
        || dataSource.Metadata.Labels?.GetValueOrDefault(ManagedLabel) == "true";

    private static DataSource InNamespace(DataSource dataSource, AdmissionRequest request) =>
        dataSource.Metadata.Namespace == request.Namespace ? dataSource :
        dataSource with { Metadata = dataSource.Metadata with { Namespace = request.Namespace } };
}
