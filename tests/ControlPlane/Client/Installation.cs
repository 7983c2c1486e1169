using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.Http;

namespace ControlPlane.Client;

/// <summary>Puts CustomResourceDefinitions and webhook configurations into either form and waits until they work.</summary>
internal static class Installation
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>See <see cref="IControlPlane.InstallCustomResourceDefinitionsAsync"/>.</summary>
    public static async Task InstallCustomResourceDefinitionsAsync(
        ApiClient client, string path, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        var definitions = (await Manifest.ReadFilesAsync(path, cancellationToken))
            .Where(o => o["kind"].Text() == "CustomResourceDefinition")
            .ToList();
        if (definitions.Count == 0)
        {
            throw new InvalidOperationException($"{path}: no CustomResourceDefinition found.");
        }

        foreach (var definition in definitions)
        {
            await PutAsync(client, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition, cancellationToken);
        }

        foreach (var definition in definitions)
        {
            await WaitUntilServedAsync(client, definition, timeProvider, cancellationToken);
        }
    }

    /// <summary>See <see cref="IControlPlane.InstallWebhooksAsync"/>.</summary>
    public static async Task InstallWebhooksAsync(
        ApiClient client,
        string manifestYaml,
        Uri webhookBaseUrl,
        string caBundle,
        TimeProvider timeProvider,
        CancellationToken cancellationToken)
    {
        var found = false;
        foreach (var configuration in Manifest.Read(manifestYaml))
        {
            var plural = configuration["kind"].Text() switch
            {
                "ValidatingWebhookConfiguration" => "validatingwebhookconfigurations",
                "MutatingWebhookConfiguration" => "mutatingwebhookconfigurations",
                _ => null,
            };
            if (plural is null)
            {
                continue;
            }

            found = true;
            foreach (var webhook in configuration["webhooks"] as JsonArray ?? [])
            {
                Redirect(webhook!.AsObject(), webhookBaseUrl, caBundle);
            }

            await PutAsync(client, $"/apis/admissionregistration.k8s.io/v1/{plural}", configuration, cancellationToken);
        }

        if (!found)
        {
            throw new InvalidOperationException("The manifest holds no webhook configuration.");
        }

        await WebhookProbe.WaitAsync(client, timeProvider, cancellationToken);
    }

    private static void Redirect(JsonObject webhook, Uri webhookBaseUrl, string caBundle)
    {
        var path = webhook["clientConfig"]?["service"]?["path"].Text() ?? "/";
        webhook["clientConfig"] = new JsonObject
        {
            ["url"] = webhookBaseUrl.GetLeftPart(UriPartial.Authority) + webhookBaseUrl.AbsolutePath.TrimEnd('/') + path,
            ["caBundle"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(caBundle)),
        };
    }

    private static async Task PutAsync(ApiClient client, string collection, JsonObject wanted, CancellationToken cancellationToken)
    {
        var name = wanted["metadata"]?["name"].Text();
        var created = await client.SendAsync(HttpMethod.Post, collection, wanted, cancellationToken);
        if (created.StatusCode != HttpStatusCode.Conflict)
        {
            created.Required($"creating {collection}/{name}");
            return;
        }

        // A merge patch leaves what others wrote (labels, the status) and needs no resource version.
        var patched = await client.SendAsync(
            HttpMethod.Patch, $"{collection}/{name}", wanted, cancellationToken, "application/merge-patch+json");
        patched.Required($"patching {collection}/{name}");
    }

    private static async Task WaitUntilServedAsync(
        ApiClient client, JsonObject definition, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        var name = definition["metadata"]?["name"].Text();
        var spec = definition["spec"]!;
        var version = spec["versions"]!.AsArray().First(v => v!["served"].IsTrue())!["name"].Text();
        var resource = $"/apis/{spec["group"].Text()}/{version}/{spec["names"]!["plural"].Text()}?limit=1";
        var deadline = timeProvider.GetTimestamp();
        while (true)
        {
            var stored = await client.SendAsync(
                HttpMethod.Get, $"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}", null, cancellationToken);
            var conditions = stored.Body?["status"]?["conditions"] as JsonArray ?? [];
            if (conditions.Any(c => c!["type"].Text() == "Established" && c["status"].Text() == "True")
                && (await client.SendAsync(HttpMethod.Get, resource, null, cancellationToken)).StatusCode == HttpStatusCode.OK)
            {
                return;
            }

            if (timeProvider.GetElapsedTime(deadline) > Patience)
            {
                throw new TimeoutException($"CustomResourceDefinition {name} is not served: {conditions.ToJsonString()}");
            }

            // The pause between two looks, not a wait for the result: the condition above ends it.
            await Task.Delay(TimeSpan.FromMilliseconds(50), timeProvider, cancellationToken);
        }
    }
}
