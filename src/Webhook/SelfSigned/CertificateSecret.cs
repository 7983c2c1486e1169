using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using Provisioning.Kubernetes;
using Provisioning.Resources;

namespace Webhook.SelfSigned;

/// <summary>The one Secret in which the replicas share authority and certificate. Every write is conditional on what was read.</summary>
internal sealed class CertificateSecret(IKubernetesClient client, IOptions<SelfSignedOptions> options)
{
    private static readonly WriteOptions Writing = new() { FieldManager = "k0rdent-datasource-webhook" };

    /// <summary>Which Secret it is.</summary>
    public NamespacedName Name => new(options.Value.Namespace, options.Value.SecretName);

    /// <summary>The Secret; null when there is none.</summary>
    /// <exception cref="KubernetesApiException">It cannot be read.</exception>
    public async Task<Secret?> FindAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await client.GetAsync<Secret>(Name, cancellationToken);
        }
        catch (KubernetesApiException exception) when (exception.IsNotFound)
        {
            return null;
        }
    }

    /// <summary>Stores these certificates. False: another replica was faster, look again.</summary>
    /// <param name="before">What <see cref="FindAsync"/> found.</param>
    /// <param name="certificates">What the Secret is to hold.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="KubernetesApiException">The API server refuses.</exception>
    public async Task<bool> TryStoreAsync(Secret? before, StoredCertificates certificates, CancellationToken cancellationToken)
    {
        try
        {
            _ = before is null
                ? await client.CreateAsync(ToSecret(certificates), Writing, cancellationToken)
                : await client.PatchAsync<Secret>(Name, ToPatch(before, certificates), Writing, cancellationToken);
            return true;
        }
        catch (KubernetesApiException exception) when (exception.IsAlreadyExists || exception.IsConflict || (before is not null && exception.IsNotFound))
        {
            return false;
        }
    }

    private Secret ToSecret(StoredCertificates certificates) => new()
    {
        Metadata = new ObjectMeta
        {
            Namespace = Name.Namespace,
            Name = Name.Name,
            Labels = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["app.kubernetes.io/name"] = "k0rdent-datasource",
                ["app.kubernetes.io/component"] = "webhook",
            },
        },
        Type = "kubernetes.io/tls",
        Data = certificates.ToData().Where(entry => entry.Value is not null).ToDictionary(entry => entry.Key, entry => entry.Value!, StringComparer.Ordinal),
    };

    private static Patch ToPatch(Secret before, StoredCertificates certificates)
    {
        var data = new JsonObject();
        foreach (var (key, value) in certificates.ToData())
        {
            data[key] = value is null ? null : Convert.ToBase64String(value);
        }

        return Patch.Merge(new JsonObject
        {
            ["metadata"] = new JsonObject { ["resourceVersion"] = before.Metadata.ResourceVersion },
            ["data"] = data,
        });
    }
}
