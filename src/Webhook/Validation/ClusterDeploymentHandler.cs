using System.Text.Json;
using Provisioning.Kubernetes;
using Provisioning.Resources;
using Webhook.Admission;

namespace Webhook.Validation;

/// <summary>Decides about <c>spec.dataSource</c> of ClusterDeployments, and about nothing else of them: they are k0rdent's.</summary>
internal sealed class ClusterDeploymentHandler(ResourceRules rules, DataSourceLookup lookup) : IValidatingHandler
{
    /// <inheritdoc/>
    public string Group => ClusterDeployment.ResourceType.Group;

    /// <inheritdoc/>
    public string Resource => ClusterDeployment.ResourceType.Plural;

    /// <inheritdoc/>
    public object? ReadObject(ref Utf8JsonReader reader) => ReviewedObject.Read<ClusterDeployment>(ref reader);

    /// <inheritdoc/>
    public async ValueTask<AdmissionDecision> DecideAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.SubResource.Length > 0 || request.Operation is not (AdmissionOperation.Create or AdmissionOperation.Update))
        {
            return Decisions.Unruled("none");
        }

        if (!ReviewedObject.TryReadNew<ClusterDeployment>(request, out var after, out var denial))
        {
            return denial;
        }

        var before = new ClusterDeployment();
        if (request.Operation == AdmissionOperation.Update && !ReviewedObject.TryReadOld(request, out before, out denial))
        {
            return denial;
        }

        if (after.Metadata.IsBeingDeleted)
        {
            return Decisions.Unruled("being-deleted");
        }

        var name = after.Spec?.DataSource ?? "";
        if (name == (before.Spec?.DataSource ?? ""))
        {
            return Decisions.Unruled("unchanged");
        }

        IEnumerable<FieldViolation> changes = request.Operation == AdmissionOperation.Update ? ResourceRules.FindForbiddenChanges(before, after) : [];
        var violations = changes.Concat(rules.FindViolations(after)).ToList();
        return violations.Count > 0 || name.Length == 0
            ? Decisions.From(violations, [])
            : Decisions.Pass(await lookup.FindWarningsAsync("spec.dataSource", new NamespacedName(request.Namespace, name), cancellationToken));
    }
}
