using System.Text;
using Provisioning.Kubernetes;
using Provisioning.Resources;

namespace Webhook.K0s;

/// <summary>What a ClusterDataSource has published, read with the rights of whoever calls. Prints no password.</summary>
/// <param name="SecretName">The Secret that holds the DSN.</param>
/// <param name="Dsn">The DSN.</param>
/// <param name="Authority">The CA's certificates, PEM; null: there is none.</param>
internal sealed record K0sDatabase(NamespacedName SecretName, string Dsn, string? Authority)
{
    /// <summary>Reads it.</summary>
    /// <exception cref="K0sDatabaseException">There is none, or not yet.</exception>
    /// <exception cref="KubernetesApiException">The API server refused.</exception>
    public static async Task<K0sDatabase> ReadAsync(IKubernetesClient client, NamespacedName name, CancellationToken cancellationToken)
    {
        var found = await GetAsync<ClusterDataSource>(client, name, cancellationToken);
        if (found.Status is not { Ready: true, KineDataSourceSecret: { Length: > 0 } kine } status || status.ObservedGeneration != found.Metadata.Generation)
        {
            throw new K0sDatabaseException($"ClusterDataSource {name} is not ready{(string.IsNullOrEmpty(found.Status?.Error) ? "" : $": {found.Status.Error}")}");
        }

        var secret = name with { Name = kine };
        var dsn = Text(await GetAsync<Secret>(client, secret, cancellationToken), ControlPlaneSecrets.DsnKey);
        if (string.IsNullOrEmpty(status.CaSecret))
        {
            return new K0sDatabase(secret, dsn, Authority: null);
        }

        var dataSource = await GetAsync<DataSource>(client, name with { Name = found.Spec?.DataSource ?? "" }, cancellationToken);
        var authority = await GetAsync<Secret>(client, name with { Name = status.CaSecret }, cancellationToken);
        return new K0sDatabase(secret, dsn, Text(authority, dataSource.Spec?.CertificateAuthority?.Key ?? ""));
    }

    /// <summary>Without the DSN.</summary>
    public override string ToString() => $"Secret {SecretName}";

    private static string Text(Secret secret, string key) => secret.Data?.GetValueOrDefault(key) is { Length: > 0 } bytes
        ? Encoding.UTF8.GetString(bytes)
        : throw new K0sDatabaseException($"Secret {secret.Key} has no key {QuotedText.Of(key)}");

    private static async Task<T> GetAsync<T>(IKubernetesClient client, NamespacedName name, CancellationToken cancellationToken)
        where T : IResource
    {
        try
        {
            return await client.GetAsync<T>(name, cancellationToken);
        }
        catch (KubernetesApiException exception) when (exception.IsNotFound || exception.IsUnknownKind)
        {
            throw new K0sDatabaseException($"{T.ResourceType.Kind} {name} does not exist");
        }
    }
}

/// <summary>There is no database to write a configuration for. The message is for the person who asked.</summary>
internal sealed class K0sDatabaseException(string message) : Exception(message);
