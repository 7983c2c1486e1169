using Provisioning.ClusterDataSources;
using Provisioning.Kubernetes;
using Provisioning.Postgres;
using Provisioning.Resources;

namespace Provisioning.Inspection;

/// <inheritdoc/>
internal sealed class ClusterAdoption(IKubernetesClient client, ServerReader servers, Adoption adoption) : IClusterAdoption
{
    /// <inheritdoc/>
    public async Task<AdoptionPreview> PreviewAsync(NamespacedName cluster, CancellationToken cancellationToken)
    {
        var found = await client.GetAsync<ClusterDataSource>(cluster, cancellationToken);
        if (found.Metadata.IsBeingDeleted || string.IsNullOrEmpty(found.Spec?.Schema))
        {
            return new AdoptionPreview { Refusal = $"ClusterDataSource {cluster} {(found.Metadata.IsBeingDeleted ? "is being deleted" : "has no spec.schema")}" };
        }

        var (server, problem) = await FindServerAsync(found, cancellationToken);
        if (server is null)
        {
            return new AdoptionPreview { Refusal = problem };
        }

        try
        {
            var names = KineNames.Of(found);
            var plan = await adoption.PlanAsync(server, new ReleaseRequest(names.Database, names.Role, SecondRole: null, names.Mark), cancellationToken);
            return new AdoptionPreview
            {
                Admin = plan.Admin,
                Statements = plan.Statements,
                Refusal = plan.Foreign is null
                    ? null
                    : $"{plan.Foreign}: it may be in use. Only when nobody needs it there, its administrator takes that mark away (COMMENT ON ... IS NULL), and then it can be adopted",
            };
        }
        catch (Exception exception) when (PostgresFailure.From(exception) is { } failure)
        {
            return new AdoptionPreview { Refusal = $"{failure.Reason}: {failure.Message}" };
        }
    }

    /// <inheritdoc/>
    public async Task<string?> RunAsync(NamespacedName cluster, AdoptionPreview preview, CancellationToken cancellationToken)
    {
        var (server, problem) = await FindServerAsync(await client.GetAsync<ClusterDataSource>(cluster, cancellationToken), cancellationToken);
        if (server is null)
        {
            return problem;
        }

        try
        {
            await adoption.RunAsync(server, preview.Statements, cancellationToken);
            return null;
        }
        catch (Exception exception) when (PostgresFailure.From(exception) is { } failure)
        {
            return $"{failure.Reason}: {failure.Message}; whoever owns them, or a superuser, must run the statements";
        }
    }

    private async Task<(PostgresServer? Server, string? Problem)> FindServerAsync(ClusterDataSource found, CancellationToken cancellationToken) =>
        await servers.ReadAsync(found.Key with { Name = found.Spec?.DataSource ?? "" }, cancellationToken) switch
        {
            ServerLookup.Found lookup => (lookup.Server, null),
            ServerLookup.Unavailable { Problem: { Reason: Reasons.SecretForbidden, Cause: { } cause } } => (null, $"forbidden: {cause.Message}"),
            ServerLookup.Unavailable unavailable => (null, unavailable.Problem.ToString()),
            _ => throw new InvalidOperationException("A lookup is either found or unavailable."),
        };
}
