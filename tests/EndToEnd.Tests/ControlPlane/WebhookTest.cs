namespace EndToEnd.ConformanceTests;

/// <summary>A conformance test with a webhook for the widgets of its own namespace.</summary>
public abstract class WebhookTest(ConformanceFixture fixture) : ConformanceTest(fixture)
{
    private WebhookServer? _webhook;

    internal WebhookServer Webhook => _webhook!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _webhook = await WebhookServer.StartAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var kind in (string[])["validating", "mutating"])
        {
            await Api.SendAsync("DELETE", $"/apis/admissionregistration.k8s.io/v1/{kind}webhookconfigurations/{Namespace}");
        }

        await base.DisposeAsync();
        await Webhook.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Installs the test's webhooks as a cluster would get them.</summary>
    protected Task InstallAsync(
        bool validating = true, bool mutating = false, string more = "", string failurePolicy = "Fail", int timeoutSeconds = 10)
    {
        var manifest = "";
        foreach (var kind in new[] { validating ? "Validating" : "", mutating ? "Mutating" : "" }.Where(k => k.Length > 0))
        {
            manifest += $$"""
                ---
                apiVersion: admissionregistration.k8s.io/v1
                kind: {{kind}}WebhookConfiguration
                metadata: {name: {{Namespace}} }
                webhooks:
                - name: {{kind.ToLowerInvariant()}}.test.example.com
                  clientConfig: {service: {name: webhook, namespace: default, path: /{{kind.ToLowerInvariant()}} } }
                  rules:
                  - {operations: ["*"], apiGroups: [test.example.com], apiVersions: ["*"], resources: [widgets, widgets/status]}
                  namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: {{Namespace}} } }
                  failurePolicy: {{failurePolicy}}
                  timeoutSeconds: {{timeoutSeconds}}
                  sideEffects: None
                  admissionReviewVersions: [v1]
                {{more}}

                """;
        }

        return Server.InstallWebhooksAsync(manifest, Webhook.Url, Webhook.Authority, Cancellation);
    }
}
