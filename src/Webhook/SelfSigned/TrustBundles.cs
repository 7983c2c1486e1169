using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using Provisioning.Kubernetes;

namespace Webhook.SelfSigned;

/// <summary>The <c>caBundle</c>s of the webhook configurations: whom the API server trusts when it calls.</summary>
internal sealed class TrustBundles(IKubernetesClient client, IOptions<SelfSignedOptions> options, ILogger<TrustBundles> logger)
{
    private static readonly WriteOptions Writing = new() { FieldManager = "k0rdent-datasource-webhook" };

    /// <summary>Reads the configurations that the options name.</summary>
    /// <exception cref="KubernetesApiException">One of them cannot be read; the message of a missing one names it.</exception>
    public async Task<IReadOnlyList<WebhookConfiguration>> ReadAsync(CancellationToken cancellationToken)
    {
        var found = new List<WebhookConfiguration>();
        if (options.Value.ValidatingWebhookConfiguration is { Length: > 0 } validating)
        {
            found.Add(await client.GetAsync<ValidatingWebhookConfiguration>(new NamespacedName("", validating), cancellationToken));
        }

        if (options.Value.MutatingWebhookConfiguration is { Length: > 0 } mutating)
        {
            found.Add(await client.GetAsync<MutatingWebhookConfiguration>(new NamespacedName("", mutating), cancellationToken));
        }

        return found;
    }

    /// <summary>The bundle of each webhook of these configurations, as text.</summary>
    public static IReadOnlyList<string> Texts(IEnumerable<WebhookConfiguration> configurations) =>
    [
        .. configurations.SelectMany(configuration => configuration.Webhooks ?? [])
            .Select(webhook => Encoding.UTF8.GetString(webhook.ClientConfig?.CaBundle ?? [])),
    ];

    /// <summary>Makes every bundle this one and writes only where it is another. False: somebody else was writing, look again.</summary>
    /// <exception cref="KubernetesApiException">The API server refuses.</exception>
    public async Task<bool> EnsureAsync(IReadOnlyList<WebhookConfiguration> configurations, string bundle, CancellationToken cancellationToken)
    {
        var wanted = Encoding.UTF8.GetBytes(bundle);
        foreach (var configuration in configurations)
        {
            var webhooks = new JsonArray();
            foreach (var webhook in (configuration.Webhooks ?? []).Where(webhook => !wanted.AsSpan().SequenceEqual(webhook.ClientConfig?.CaBundle)))
            {
                webhooks.Add(new JsonObject
                {
                    ["name"] = webhook.Name,
                    ["clientConfig"] = new JsonObject { ["caBundle"] = Convert.ToBase64String(wanted) },
                });
            }

            if (webhooks.Count > 0 && !await TryPatchAsync(configuration, webhooks, cancellationToken))
            {
                return false;
            }
        }

        return true;
    }

    private async Task<bool> TryPatchAsync(WebhookConfiguration configuration, JsonArray webhooks, CancellationToken cancellationToken)
    {
        // Conditional: a replica that has read an older Secret must not put the older bundle back.
        var patch = Patch.StrategicMerge(new JsonObject
        {
            ["metadata"] = new JsonObject { ["resourceVersion"] = configuration.Metadata.ResourceVersion },
            ["webhooks"] = webhooks,
        });
        try
        {
            _ = configuration is ValidatingWebhookConfiguration
                ? (WebhookConfiguration)await client.PatchAsync<ValidatingWebhookConfiguration>(configuration.Key, patch, Writing, cancellationToken)
                : await client.PatchAsync<MutatingWebhookConfiguration>(configuration.Key, patch, Writing, cancellationToken);
            logger.BundleWritten(configuration.GetType().Name, configuration.Key, webhooks.Count);
            return true;
        }
        catch (KubernetesApiException exception) when (exception.IsConflict || exception.IsNotFound)
        {
            return false;
        }
    }
}
