using System.Net;
using System.Text.Json.Nodes;

namespace ControlPlane.Client;

/// <summary>
/// Finds out when the API server has taken webhook configurations in: it reads them through informers, in order, so once it calls a
/// configuration made later it also calls the earlier ones. The one made here leads nowhere and concerns one object name only.
/// </summary>
internal static class WebhookProbe
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Returns once validating and mutating configurations made before the call are in use.</summary>
    public static async Task WaitAsync(ApiClient client, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        await WaitAsync(client, "ValidatingWebhookConfiguration", timeProvider, cancellationToken);
        await WaitAsync(client, "MutatingWebhookConfiguration", timeProvider, cancellationToken);
    }

    private static async Task WaitAsync(ApiClient client, string kind, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        var name = $"probe-{Guid.NewGuid():n}";
        var collection = $"/apis/admissionregistration.k8s.io/v1/{kind.ToLowerInvariant()}s";
        (await client.SendAsync(HttpMethod.Post, collection, Configuration(kind, name), cancellationToken)).Required(name);
        try
        {
            var probe = new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "ConfigMap",
                ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = new JsonObject { ["probe"] = name } },
            };
            var started = timeProvider.GetTimestamp();
            while ((await client.SendAsync(
                HttpMethod.Post, "/api/v1/namespaces/kube-system/configmaps?dryRun=All", probe, cancellationToken)).StatusCode
                != HttpStatusCode.InternalServerError)
            {
                if (timeProvider.GetElapsedTime(started) > Patience)
                {
                    throw new TimeoutException("The API server does not call the webhooks.");
                }

                // The pause between two looks, not a wait for the result: the condition above ends it.
                await Task.Delay(TimeSpan.FromMilliseconds(50), timeProvider, cancellationToken);
            }
        }
        finally
        {
            await client.SendAsync(HttpMethod.Delete, $"{collection}/{name}", null, CancellationToken.None);
        }
    }

    private static JsonObject Configuration(string kind, string name) => new()
    {
        ["apiVersion"] = "admissionregistration.k8s.io/v1",
        ["kind"] = kind,
        ["metadata"] = new JsonObject { ["name"] = name },
        ["webhooks"] = new JsonArray(new JsonObject
        {
            ["name"] = "probe.control-plane.test",
            // Nothing listens on the discard port: the call fails at once.
            ["clientConfig"] = new JsonObject { ["url"] = "https://127.0.0.1:9/" },
            ["rules"] = new JsonArray(new JsonObject
            {
                ["operations"] = new JsonArray("CREATE"),
                ["apiGroups"] = new JsonArray(""),
                ["apiVersions"] = new JsonArray("v1"),
                ["resources"] = new JsonArray("configmaps"),
            }),
            ["objectSelector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["probe"] = name } },
            ["failurePolicy"] = "Fail",
            ["sideEffects"] = "None",
            ["admissionReviewVersions"] = new JsonArray("v1"),
        }),
    };
}
