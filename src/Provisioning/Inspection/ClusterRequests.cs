using System.Text.Json.Nodes;
using Provisioning.ClusterDataSources;
using Provisioning.Kubernetes;
using Provisioning.Resources;

namespace Provisioning.Inspection;

/// <inheritdoc/>
internal sealed class ClusterRequests(IKubernetesClient client, ObjectReader objects, RunningClusters running, MoveCheck moves, RequestNews news) : IClusterRequests
{
    private static readonly WriteOptions AsPlugin = WriteOptions.Default with { FieldManager = "kubectl-datasource" };

    /// <inheritdoc/>
    public async Task<RequestPreview> PreviewRotationAsync(NamespacedName cluster, CancellationToken cancellationToken)
    {
        var found = await client.GetAsync<ClusterDataSource>(cluster, cancellationToken);
        return found.Metadata.IsBeingDeleted ? RequestPreview.Refuse($"ClusterDataSource {cluster} is being deleted")
            : string.IsNullOrEmpty(found.Status?.KineDataSourceSecret) ? RequestPreview.Refuse($"ClusterDataSource {cluster} has no password yet: {found.Status?.Error ?? "it was not ready so far"}")
            : new RequestPreview { CurrentSecret = found.Status.KineDataSourceSecret };
    }

    /// <inheritdoc/>
    public Task RequestRotationAsync(NamespacedName cluster, string value, CancellationToken cancellationToken) =>
        AnnotateAsync<ClusterDataSource>(cluster, AnnotationNames.Rotate, value, cancellationToken);

    /// <inheritdoc/>
    public Task<RequestPreview> PreviewMoveAsync(NamespacedName cluster, string dataSource, CancellationToken cancellationToken) =>
        moves.RunAsync(cluster, dataSource, cancellationToken);

    /// <inheritdoc/>
    public async Task RequestMoveAsync(NamespacedName cluster, string dataSource, CancellationToken cancellationToken)
    {
        var found = await client.GetAsync<ClusterDataSource>(cluster, cancellationToken);
        var spec = Patch.Merge(new JsonObject { ["spec"] = new JsonObject { ["dataSource"] = dataSource } });
        var owner = found.Metadata.OwnerReferences?.FirstOrDefault(reference => reference.Controller == true);
        var name = owner is null ? cluster : cluster with { Name = owner.Name };
        Task request = owner switch
        {
            null => client.PatchAsync<ClusterDataSource>(cluster, spec, AsPlugin, cancellationToken),
            { Kind: "ClusterDeployment" } => client.PatchAsync<ClusterDeployment>(name, spec, AsPlugin, cancellationToken),
            { Kind: "HelmRelease" } => AnnotateAsync<HelmRelease>(name, ConsumerAnnotations.DataSource, dataSource, cancellationToken),
            _ when owner.ApiVersion == K0smotronClusterV1Beta1.ResourceType.ApiVersion =>
                AnnotateAsync<K0smotronClusterV1Beta1>(name, ConsumerAnnotations.DataSource, dataSource, cancellationToken),
            _ => AnnotateAsync<K0smotronCluster>(name, ConsumerAnnotations.DataSource, dataSource, cancellationToken),
        };
        await request;
    }

    /// <inheritdoc/>
    public async Task<RequestPreview> PreviewReleaseAsync(NamespacedName cluster, CancellationToken cancellationToken)
    {
        var found = await client.GetAsync<ClusterDataSource>(cluster, cancellationToken);
        if (!found.Metadata.IsBeingDeleted)
        {
            return RequestPreview.Refuse($"ClusterDataSource {cluster} is not being deleted: there is nothing to release");
        }

        var lines = new List<string> { $"its deletion waits: {(string.IsNullOrEmpty(found.Status?.Error) ? "no reason is given yet" : found.Status.Error)}" };
        try
        {
            if (await running.FindReleaseAsync(cluster, RunningClusters.ClusterDeploymentOf(found), cancellationToken) is { } release
                && release.KineSecret() is { } used && SecretNames.AllOf(found).Contains(used, StringComparer.Ordinal))
            {
                lines.Add($"{release.KindName} {cluster} STILL RUNS A CONTROL PLANE ON THIS DATABASE: it loses its access at once");
            }
        }
        catch (ReleaseUnreadableException exception)
        {
            lines.Add($"not checked whether a control plane still runs on it: {exception.InnerException!.Message}");
        }

        if (!string.IsNullOrEmpty(found.Spec?.Schema))
        {
            var names = KineNames.Of(found);
            lines.Add($"role {names.Role} is dropped where its server can be reached, else it stays on the server of DataSource {found.Spec.DataSource} with its password");
            lines.Add($"database {names.Database} stays there in any case; the Secrets of the cluster are deleted");
        }

        return new RequestPreview { Lines = lines };
    }

    /// <inheritdoc/>
    public Task RequestReleaseAsync(NamespacedName cluster, CancellationToken cancellationToken) =>
        AnnotateAsync<ClusterDataSource>(cluster, AnnotationNames.Release, "true", cancellationToken);

    /// <inheritdoc/>
    public async Task<RequestProgress> FollowAsync(NamespacedName cluster, string? formerSecret, string? dataSource, CancellationToken cancellationToken)
    {
        var found = await client.GetAsync<ClusterDataSource>(cluster, cancellationToken);
        var done = new List<string>();
        if (dataSource is not null)
        {
            if (found.Spec?.DataSource != dataSource)
            {
                return new RequestProgress(done, $"ClusterDataSource {cluster} to name DataSource {dataSource}");
            }

            done.Add($"ClusterDataSource {cluster} names DataSource {dataSource}");
        }

        var secret = found.Status?.KineDataSourceSecret;
        if (found.Status is not { Ready: true, Error: null or "" } || found.Status.ObservedGeneration != found.Metadata.Generation || secret == formerSecret)
        {
            return new RequestProgress(done, await WaitsForAsync(found, cancellationToken));
        }

        done.Add($"the database is ready, and Secret {secret} has the login");
        try
        {
            if (await running.FindReleaseAsync(cluster, clusterDeploymentUid: null, cancellationToken) is not { } release)
            {
                return new RequestProgress(done, WaitsFor: null);
            }

            if (release.KineSecret() != secret)
            {
                return new RequestProgress(done, $"{release.KindName} {cluster} to name Secret {secret}; it still names {release.KineSecret() ?? "none"}");
            }

            done.Add($"{release.KindName} {cluster} names Secret {secret}");
        }
        catch (ReleaseUnreadableException exception)
        {
            done.Add($"not seen whether the control plane is told: {exception.InnerException!.Message}");
        }

        return new RequestProgress(done, WaitsFor: null);
    }

    /// <inheritdoc/>
    public async Task<RequestProgress> FollowReleaseAsync(NamespacedName cluster, CancellationToken cancellationToken)
    {
        var reading = await objects.ReadAsync<ClusterDataSource>(cluster, cancellationToken);
        if (reading.Value is { Metadata.IsBeingDeleted: true } found)
        {
            return new RequestProgress([], string.IsNullOrEmpty(found.Status?.Error) ? "the controller" : found.Status.Error);
        }

        var note = await news.FindAsync(cluster, [Reasons.LeftBehind, Reasons.Released], cancellationToken);
        return new RequestProgress([$"ClusterDataSource {cluster} is gone", .. note is null ? Array.Empty<string>() : [note]], WaitsFor: null);
    }

    private async Task<string> WaitsForAsync(ClusterDataSource found, CancellationToken cancellationToken) => found.Status switch
    {
        { Error: { Length: > 0 } error } => error,
        { Ready: true } when await news.FindAsync(found.Key, [Reasons.RotationWaits], cancellationToken) is { } waits => waits,
        _ => "the controller to make the database ready",
    };

    private Task<T> AnnotateAsync<T>(NamespacedName name, string annotation, string value, CancellationToken cancellationToken)
        where T : IResource => client.PatchAsync<T>(
            name,
            Patch.Merge(new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [annotation] = value } } }),
            AsPlugin,
            cancellationToken);
}
