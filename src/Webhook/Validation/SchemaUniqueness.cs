using Provisioning.Kubernetes;
using Provisioning.Resources;
using Endpoint = Provisioning.Resources.Endpoint;

namespace Webhook.Validation;

/// <summary>
/// Two ClusterDataSources must not name one database of one server, whatever their namespaces. The owner mark on the database keeps them
/// apart in the end; here the mistake is said before anything is made. Two that are reviewed at the same moment by two processes both pass
/// (decision 0020).
/// </summary>
internal sealed class SchemaUniqueness(
    ClusterObjects<ClusterDataSource> clusterDataSources, ClusterObjects<DataSource> dataSources, PassedSchemas passed)
{
    /// <summary>The violation when another has the database; null when none has.</summary>
    /// <param name="candidate">The object asked for.</param>
    /// <param name="server">Its DataSource.</param>
    /// <param name="isDryRun">It will not be stored.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public async Task<FieldViolation?> FindViolationAsync(
        ClusterDataSource candidate, DataSource server, bool isDryRun, CancellationToken cancellationToken)
    {
        // From before the rules: such a schema names no database, and cannot be changed any more.
        if (string.IsNullOrEmpty(candidate.Spec?.Schema))
        {
            return null;
        }

        var database = DatabaseNames.FromSchema(candidate.Spec.Schema).Database;
        var endpoints = Endpoints(server);
        return await IsStoredAsync(candidate, database, server, endpoints, cancellationToken)
            || (!isDryRun && !passed.TryAdd(candidate.Key, database, server.Key, endpoints))
                ? FieldViolation.Duplicate("spec.schema", candidate.Spec.Schema, Refusals.SchemaTaken)
                : null;
    }

    private async Task<bool> IsStoredAsync(
        ClusterDataSource candidate, string database, DataSource server, HashSet<Endpoint> endpoints, CancellationToken cancellationToken)
    {
        var others = (await clusterDataSources.ListAsync(cancellationToken))
            .Where(other => other.Key != candidate.Key && other.Spec?.Schema is { Length: > 0 } schema && DatabaseNames.FromSchema(schema).Database == database)
            .ToList();
        if (others.Count == 0)
        {
            return false;
        }

        var servers = (await dataSources.ListAsync(cancellationToken)).ToDictionary(dataSource => dataSource.Key);
        return others.Any(other => SharesServer(other, servers, server.Key, endpoints));
    }

    // One endpoint in common is the same server: a proxy or standby may be listed by one of two only.
    private static bool SharesServer(
        ClusterDataSource other, Dictionary<NamespacedName, DataSource> servers, NamespacedName own, HashSet<Endpoint> endpoints)
    {
        var key = new NamespacedName(other.Key.Namespace, other.Spec?.DataSource ?? "");
        return key == own || (servers.TryGetValue(key, out var server) && Endpoints(server).Overlaps(endpoints));
    }

    private static HashSet<Endpoint> Endpoints(DataSource dataSource) =>
        [.. (dataSource.Spec?.Endpoints ?? []).Select(text => Endpoint.TryParse(text, out var endpoint, out _) ? endpoint : null).OfType<Endpoint>()];
}
