using Provisioning.ClusterDataSources;
using Provisioning.Kubernetes;
using Provisioning.Postgres;
using Provisioning.Resources;

namespace Provisioning.Inspection;

/// <summary>Finds out what a controller would do with a cluster on another server, by its own plan. Changes nothing, there or here.</summary>
internal sealed class MoveCheck(IKubernetesClient client, ObjectReader objects, ServerReader servers, DatabaseInspector inspector)
{
    /// <summary>Looks.</summary>
    public async Task<RequestPreview> RunAsync(NamespacedName cluster, string to, CancellationToken cancellationToken)
    {
        var current = await client.GetAsync<ClusterDataSource>(cluster, cancellationToken);
        if (current.Metadata.IsBeingDeleted || string.IsNullOrEmpty(current.Spec?.Schema))
        {
            return RequestPreview.Refuse($"ClusterDataSource {cluster} {(current.Metadata.IsBeingDeleted ? "is being deleted" : "has no spec.schema")}");
        }

        if (current.Spec.DataSource == to)
        {
            return RequestPreview.Refuse($"ClusterDataSource {cluster} names DataSource {to} already");
        }

        List<string> lines = [$"ClusterDataSource {cluster} goes from DataSource {current.Spec.DataSource} to {to}"];
        var moved = current with { Spec = current.Spec with { DataSource = to } };
        if (await CheckServerAsync(moved, lines, cancellationToken) is { } refusal)
        {
            return new RequestPreview { Refusal = refusal, Lines = lines };
        }

        lines.Add("then the login is published in a Secret, the cluster's HelmRelease is told of it, and its control plane rolls");
        lines.Add($"what the cluster writes to the former server until then is not taken along; its role stays there until a person removes it (Event {Reasons.FormerServerKeepsRole})");
        return new RequestPreview { Lines = lines, CurrentSecret = current.Status?.KineDataSourceSecret };
    }

    private async Task<string?> CheckServerAsync(ClusterDataSource moved, List<string> lines, CancellationToken cancellationToken)
    {
        switch (await servers.ReadAsync(moved.Key with { Name = moved.Spec!.DataSource! }, cancellationToken))
        {
            case ServerLookup.Unavailable { Problem: { Reason: Reasons.SecretForbidden, Cause: { } cause } }:
                lines.Add($"NOT CHECKED, forbidden: {cause.Message}");
                return null;
            case ServerLookup.Unavailable unavailable:
                return unavailable.Problem.ToString();
            case ServerLookup.Found found:
                return await CheckServerAsync(moved, found, lines, cancellationToken);
            default:
                throw new InvalidOperationException("A lookup is either found or unavailable.");
        }
    }

    private async Task<string?> CheckServerAsync(ClusterDataSource moved, ServerLookup.Found found, List<string> lines, CancellationToken cancellationToken)
    {
        var names = KineNames.Of(moved);
        var wellKnown = await objects.ReadAsync<Secret>(moved.Key with { Name = new SecretNames(moved.Metadata.Name!).Kine }, cancellationToken);
        var published = moved.Status?.KineDataSourceSecret is { Length: > 0 } name
            ? await objects.ReadAsync<Secret>(moved.Key with { Name = name }, cancellationToken)
            : new Reading<Secret>(Value: null, Forbidden: null);
        if (wellKnown.Forbidden is { } forbidden)
        {
            lines.Add($"not checked whether the cluster's password works there, forbidden: {forbidden}");
        }

        try
        {
            var wanted = SetupPlan.Decide(moved, names, found, wellKnown.Value, published.Value).Database;
            var plan = await inspector.PlanAsync(found.Server, wanted, cancellationToken);
            if (plan is ProvisioningPlan.Refuse refused)
            {
                return $"{refused.Reason}: {refused.Message}";
            }

            var steps = ((ProvisioningPlan.Apply)plan).Steps;
            lines.Add($"database {names.Database} is checked there: {(steps.Count == 0 ? "nothing is left to do" : "the controller will have")}");
            lines.AddRange(steps.Select(step => $"  {step.Description}"));
            return null;
        }
        catch (Exception exception) when (PostgresFailure.From(exception) is { } failure)
        {
            return $"{failure.Reason}: {failure.Message}";
        }
    }
}
