using Provisioning.Kubernetes;
using Provisioning.Postgres;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>Records what is published, writes the Secrets that control planes use, and deletes those that none can still use.</summary>
internal sealed class SecretPublication(IKubernetesClient client, OwnedSecrets secrets, RunningClusters running)
{
    /// <summary>Publishes what is ready on the server. Throws when the API server fails or somebody changed the object meanwhile.</summary>
    /// <returns>The outcome, and the object as it is stored after it.</returns>
    public async Task<(ClusterDataSource Current, Outcome Outcome)> PublishAsync(
        ClusterDataSource current, SetupPlan plan, ProvisioningOutcome.Ready made, CancellationToken cancellationToken)
    {
        // Before anything names the Secrets: from here on the cluster counts as one that had a database.
        var publishes = plan.Publishes;
        if (ObjectPatches.Record(current, publishes) is { } record)
        {
            current = await client.PatchAsync<ClusterDataSource>(current.Key, Patch.Merge(record), WriteOptions.Default, cancellationToken);
        }

        var kine = plan.Kine.WithAnnotation(AnnotationNames.Provisioned, "true");
        var kineName = publishes.Kine.NameOf(kine.Name, ContentHash.Of(kine.Data));
        var wanted = new List<WantedSecret>();
        if (kineName != kine.Name)
        {
            wanted.Add(kine.WithoutAnnotation(AnnotationNames.FormerServer) with { Name = kineName });
        }

        if (!plan.WasComplete || !plan.WritesKineFirst)
        {
            wanted.Add(kine);
        }

        string? caName = null;
        if (plan.CertificateAuthority is { } authority)
        {
            caName = publishes.CertificateAuthority!.NameOf(authority.Name, ContentHash.Of(authority.Data));
            wanted.Add(authority);
            if (caName != authority.Name)
            {
                wanted.Add(authority with { Name = caName });
            }
        }

        foreach (var secret in wanted)
        {
            var existing = await secrets.FindAsync(current, secret.Name, cancellationToken);
            if (await secrets.EnsureAsync(current, existing, secret, cancellationToken) is { } conflict)
            {
                return (current, new Outcome.Failed(conflict));
            }
        }

        return (current, new Outcome.Ready(kineName, caName, made.Steps)
        {
            Warnings = made.Warnings,
            FormerServer = plan.FormerServer,
            ServerVersion = plan.Found.Version,
            Former = made.Former,
        });
    }

    /// <summary>Forgets the servers that the cluster has left, after Events have told of them.</summary>
    public async Task ForgetFormerServersAsync(ClusterDataSource current, CancellationToken cancellationToken)
    {
        if (await secrets.FindAsync(current, new SecretNames(current.Metadata.Name!).Kine, cancellationToken) is { } kine)
        {
            await secrets.AnnotateAsync(current, kine, AnnotationNames.FormerServer, value: null, cancellationToken);
        }
    }

    /// <summary>Deletes the Secrets that no control plane can still mount, after the status and the HelmRelease named newer ones.</summary>
    public async Task DropSupersededAsync(ClusterDataSource current, CancellationToken cancellationToken)
    {
        if (PublishedSecrets.Parse(current.Metadata.Annotations?.GetValueOrDefault(AnnotationNames.PublishedSecrets)) is not { IsLong: true } published)
        {
            return;
        }

        var names = new SecretNames(current.Metadata.Name!);

        // Whosever release it is: pods mount what it names.
        var release = await running.FindReleaseAsync(current.Key, clusterDeploymentUid: null, cancellationToken);
        string[] superseded =
        [
            .. published.Kine.Superseded(names.Kine, release?.KineSecret()),
            .. published.CertificateAuthority?.Superseded(names.CertificateAuthority, release?.CertificateAuthoritySecret()) ?? [],
        ];
        foreach (var name in superseded)
        {
            await secrets.DeleteAsync(current, name, cancellationToken);
        }

        if (ObjectPatches.Record(current, published.Trim(names, release)) is { } patch)
        {
            await client.PatchAsync<ClusterDataSource>(current.Key, Patch.Merge(patch), WriteOptions.Default, cancellationToken);
        }
    }
}
