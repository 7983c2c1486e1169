using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Webhook.Admission;
using Webhook.Tests.Hosting;

namespace Webhook.Tests.Admission;

/// <summary>The real HTTPS endpoint, with handlers that decide as the test says.</summary>
public abstract class AdmissionServerTests : IAsyncLifetime
{
    private protected List<AdmissionRequest> Seen { get; } = [];

    private protected Func<AdmissionRequest, CancellationToken, ValueTask<AdmissionDecision>> Decide { get; set; } =
        (_, _) => ValueTask.FromResult<AdmissionDecision>(new AdmissionDecision.Allowed());

    private protected WebhookServer Server { get; private set; } = null!;

    private protected HttpClient Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Server = await WebhookServer.StartAsync(
            new ScriptedHandler("k0rdent.mirantis.com", "datasources", DecideAsync),
            new ScriptedHandler("k0rdent.mirantis.com", "clusterdatasources", DecideAsync),
            new ScriptedHandler("k0rdent.mirantis.com", "clusterdeployments", DecideAsync),
            new ScriptedMutation("helm.toolkit.fluxcd.io", "helmreleases", DecideAsync));
        Client = Server.CreateClient();
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Server.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected static string Change(Action<JsonObject> change) => Reviews.With("datasource-create", change);

    private ValueTask<AdmissionDecision> DecideAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        // The bytes are only valid while the request is handled.
        Seen.Add(request with { Object = request.Object.ToArray(), OldObject = request.OldObject.ToArray() });
        using (JsonDocument.Parse(request.Object.IsEmpty ? request.OldObject : request.Object, new JsonDocumentOptions { MaxDepth = 2000 }))
        {
        }

        return Decide(request, cancellationToken);
    }

    private protected async Task<JsonNode> ReviewAsync(string body, string path)
    {
        using var answer = await Client.PostAsync($"{path}?timeout=30s", WebhookServer.Json(body));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
        var review = JsonNode.Parse(text)!;
        Assert.Equal("admission.k8s.io/v1", (string)review["apiVersion"]!);
        Assert.Equal("AdmissionReview", (string)review["kind"]!);
        return review["response"]!;
    }
}
