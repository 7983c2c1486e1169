using Provisioning.Kubernetes;
using Provisioning.Resources;

namespace Webhook.Validation;

/// <summary>
/// Finds what would be stuck without a DataSource: k0rdent can never delete a ClusterDeployment whose DataSource has gone. Reads the API
/// server and no cache, because a cluster made a moment ago counts.
/// </summary>
internal sealed class DataSourceUsers(
    IKubernetesClient client, ClusterObjects<ClusterDeployment> deployments, ClusterObjects<ClusterDataSource> clusterDataSources)
{
    private const int MaxNamed = 5;

    /// <summary>The refusal of a deletion; null when nothing uses the DataSource or its whole namespace goes.</summary>
    public async Task<FieldViolation?> FindViolationAsync(NamespacedName dataSource, CancellationToken cancellationToken)
    {
        var users = await ListAsync(dataSource, cancellationToken);
        return users.Count == 0 || await IsNamespaceGoingAsync(dataSource.Namespace, cancellationToken)
            ? null
            : FieldViolation.Forbidden("metadata.name", Decisions.Fill(Refusals.InUse, Describe(users)));
    }

    private async Task<List<string>> ListAsync(NamespacedName dataSource, CancellationToken cancellationToken)
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);

        // A ClusterDataSource has the name of its ClusterDeployment: a person knows the latter, so that one is named for both.
        await foreach (var user in clusterDataSources.ListLiveAsync(dataSource.Namespace, cancellationToken))
        {
            if (user.Spec?.DataSource == dataSource.Name)
            {
                found[user.Key.Name] = ClusterDataSource.ResourceType.Kind;
            }
        }

        await foreach (var user in deployments.ListLiveAsync(dataSource.Namespace, cancellationToken))
        {
            if (user.Spec?.DataSource == dataSource.Name)
            {
                found[user.Key.Name] = ClusterDeployment.ResourceType.Kind;
            }
        }

        return [.. found.Select(user => $"{user.Value} {user.Key}")];
    }

    private async Task<bool> IsNamespaceGoingAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return (await client.GetAsync<Namespace>(new NamespacedName("", name), cancellationToken)).IsTerminating;
        }
        catch (KubernetesApiException exception) when (exception.IsNotFound)
        {
            return true;
        }
    }

    private static string Describe(List<string> users) =>
        users.Count > MaxNamed
            ? $"{string.Join(", ", users.Take(MaxNamed))} and {users.Count - MaxNamed} more"
            : string.Join(", ", users);
}
