using System.Net;
using Provisioning.ClusterDataSources;
using Provisioning.Kubernetes;
using Provisioning.Resources;

namespace Provisioning.Inspection;

/// <inheritdoc/>
internal sealed class ClusterInspector(IKubernetesClient client, ObjectReader objects, RunningClusters running, ServerLook server) : IClusterInspector
{
    private const int PageSize = 500;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<NamespacedName>> ListAsync(string? inNamespace, CancellationToken cancellationToken)
    {
        var names = new List<NamespacedName>();
        string? next = null;
        do
        {
            var page = await client.ListAsync<ClusterDataSource>(
                new ListOptions { Namespace = inNamespace, Limit = PageSize, Continue = next }, cancellationToken);
            names.AddRange(page.Items.Select(item => item.Key));
            next = page.Continue;
        }
        while (!string.IsNullOrEmpty(next));
        return [.. names.OrderBy(name => name.Namespace, StringComparer.Ordinal).ThenBy(name => name.Name, StringComparer.Ordinal)];
    }

    /// <inheritdoc/>
    public async Task<ClusterReport> InspectAsync(NamespacedName cluster, CancellationToken cancellationToken)
    {
        var deployment = await objects.ReadAsync<ClusterDeployment>(cluster, cancellationToken);
        var reading = await objects.ReadAsync<ClusterDataSource>(cluster, cancellationToken);
        var found = reading.Value;
        var links = new List<ReportLink>
        {
            deployment.ToLink(cluster.Name, (LinkState.Absent, "none: the ClusterDataSource was made without one"), value => LinkJudgement.Of(value, found)),
            reading.ToLink(
                cluster.Name,
                (LinkState.Broken, deployment.Value?.Spec?.DataSource is { Length: > 0 } ? "does not exist; is a controller running?" : "does not exist"),
                LinkJudgement.Of),
        };
        DatabaseFigures? figures = null;
        if (found is not null)
        {
            figures = await FollowAsync(found, links, cancellationToken);
        }

        links.Add(await ReleaseAsync(cluster, found, cancellationToken));
        return new ClusterReport { Namespace = cluster.Namespace, Cluster = cluster.Name, Links = links, Database = figures };
    }

    /// <summary>From the ClusterDataSource on.</summary>
    private async Task<DatabaseFigures?> FollowAsync(ClusterDataSource found, List<ReportLink> links, CancellationToken cancellationToken)
    {
        var dataSource = await objects.ReadAsync<DataSource>(found.Key with { Name = found.Spec?.DataSource ?? "" }, cancellationToken);
        links.Add(dataSource.ToLink(found.Spec?.DataSource ?? "", (LinkState.Broken, "does not exist"), LinkJudgement.Of));

        var published = found.Status?.KineDataSourceSecret;
        var kineName = string.IsNullOrEmpty(published) ? new SecretNames(found.Metadata.Name!).Kine : published;
        var kine = await objects.ReadAsync<Secret>(found.Key with { Name = kineName }, cancellationToken);
        links.Add(kine.ToLink(
            kineName,
            string.IsNullOrEmpty(published) ? (LinkState.Warning, "not published yet") : (LinkState.Broken, "does not exist"),
            secret => LinkJudgement.OfDsn(secret, dataSource.Value)));
        if (found.Status?.CaSecret is { Length: > 0 } authority)
        {
            var reading = await objects.ReadAsync<Secret>(found.Key with { Name = authority }, cancellationToken);
            links.Add(reading.ToLink(authority, (LinkState.Broken, "does not exist"), secret => LinkJudgement.OfAuthority(secret, dataSource.Value)));
        }

        var (link, figures) = await server.LookAsync(
            found, kine.Value, kine.Forbidden is null ? $"Secret {kineName} does not exist" : $"forbidden: {kine.Forbidden}", cancellationToken);
        links.Add(link);
        return figures;
    }

    private async Task<ReportLink> ReleaseAsync(NamespacedName cluster, ClusterDataSource? found, CancellationToken cancellationToken)
    {
        var kind = HelmRelease.ResourceType.Kind;
        try
        {
            if (await running.FindReleaseAsync(cluster, clusterDeploymentUid: null, cancellationToken) is not { } release)
            {
                return new ReportLink(kind, cluster.Name, LinkState.Absent, "none that names a database");
            }

            var (state, text) = LinkJudgement.Of(release, found);
            return new ReportLink(release.KindName, cluster.Name, state, text);
        }
        catch (ReleaseUnreadableException exception)
        {
            var isForbidden = exception.InnerException is KubernetesApiException { StatusCode: HttpStatusCode.Forbidden };
            return new ReportLink(kind, cluster.Name, LinkState.Unknown, $"{(isForbidden ? "forbidden" : "not readable")}: {exception.InnerException!.Message}");
        }
    }
}
