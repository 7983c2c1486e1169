using System.Text.Json.Nodes;
using ControlPlane.Http;
using ControlPlane.Patching;
using ControlPlane.Resources;
using ControlPlane.Schema;
using ControlPlane.Storage;

namespace ControlPlane.Admission;

/// <summary>Asks the webhooks that are configured, as the API server's two admission plugins do.</summary>
internal sealed class WebhookAdmission(Store store, ResourceCatalog catalog, AuditLog audit, TimeProvider timeProvider)
    : IAdmission, IDisposable
{
    private readonly WebhookMatcher _matcher = new(store, catalog);
    private readonly WebhookClient _client = new(timeProvider);

    /// <inheritdoc/>
    public async Task<JsonObject?> MutateAsync(AdmissionCall call, CancellationToken cancellationToken)
    {
        var asked = new List<(Webhook Webhook, JsonObject? Left)>();
        foreach (var webhook in Webhook.Read(store, "mutatingwebhookconfigurations"))
        {
            if (_matcher.Match(webhook, call) is not null)
            {
                call = call with { Object = await MutateAsync(webhook, call, cancellationToken) };
                asked.Add((webhook, call.Object));
            }
        }

        // Once more for those that asked for it and whose object others changed afterwards.
        foreach (var (webhook, left) in asked.Where(a => a.Webhook.IsReinvoked))
        {
            if (!JsonNode.DeepEquals(left, call.Object) && _matcher.Match(webhook, call) is not null)
            {
                call = call with { Object = await MutateAsync(webhook, call, cancellationToken) };
            }
        }

        return call.Object;
    }

    /// <inheritdoc/>
    public async Task ValidateAsync(AdmissionCall call, CancellationToken cancellationToken)
    {
        var calls = Webhook.Read(store, "validatingwebhookconfigurations")
            .Select(webhook => (Webhook: webhook, SeenAs: _matcher.Match(webhook, call)))
            .Where(match => match.SeenAs is not null)
            .Select(match => AskAsync(match.Webhook, match.SeenAs!, call, false, cancellationToken))
            .ToList();
        foreach (var response in calls)
        {
            await response;
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task<JsonObject?> MutateAsync(Webhook webhook, AdmissionCall call, CancellationToken cancellationToken)
    {
        var seenAs = _matcher.Match(webhook, call)!;
        var response = await AskAsync(webhook, seenAs, call, true, cancellationToken);
        if (response?["patch"].Text() is not { Length: > 0 } encoded)
        {
            return call.Object;
        }

        if (call.Object is null)
        {
            throw Failure($"admission webhook \"{webhook.Name}\" attempted to modify the object, which is not supported for this operation");
        }

        JsonObject patched;
        try
        {
            var operations = Json.Parse(Convert.FromBase64String(encoded)) as JsonArray ?? throw new JsonPatchException("the patch is no array");
            patched = JsonPatch.Apply(Json.Sorted(call.Object), operations) as JsonObject ?? throw new JsonPatchException("no object is left");
        }
        catch (Exception e) when (e is JsonPatchException or System.Text.Json.JsonException or FormatException)
        {
            // A patch that does not apply is the webhook's fault and fails the request, whatever its failure policy.
            throw Failure(e.Message);
        }

        patched["apiVersion"] = call.Request.Resource.ApiVersion;
        Pruning.Default(patched, call.Request.Resource.Schema);
        return patched;
    }

    /// <summary>Asks one webhook; null when it cannot be asked and its failure policy lets that pass.</summary>
    private async Task<JsonObject?> AskAsync(
        Webhook webhook, ResourceDefinition seenAs, AdmissionCall call, bool isMutating, CancellationToken cancellationToken)
    {
        if (call.Request.IsDryRun && !webhook.SupportsDryRun)
        {
            throw ApiException.BadRequest($"admission webhook \"{webhook.Name}\" does not support dry run");
        }

        var uid = Guid.NewGuid().ToString();
        JsonObject response;
        try
        {
            var review = Json.ToUtf8(ReviewMessages.Build(call, seenAs, uid));
            response = ReviewMessages.Read(await _client.PostAsync(webhook, review, cancellationToken), uid, isMutating);
        }
        catch (WebhookException) when (webhook.IsIgnoredOnFailure)
        {
            return null;
        }
        catch (WebhookException e)
        {
            throw Failure($"failed calling webhook \"{webhook.Name}\": {e.Message}");
        }

        lock (call.Request.Warnings)
        {
            call.Request.Warnings.AddRange(response["warnings"].Texts().Except(call.Request.Warnings, StringComparer.Ordinal).ToList());
        }

        foreach (var (key, value) in response["auditAnnotations"] as JsonObject ?? [])
        {
            audit.Record(call, $"{webhook.Name}/{key}", value.Text() ?? "");
        }

        return response["allowed"].IsTrue() ? response : throw ReviewMessages.Denial(webhook.Name, response["status"]);
    }

    private static ApiException Failure(string message) => new(500, "InternalError", $"Internal error occurred: {message}", new JsonObject
    {
        ["causes"] = new JsonArray(new JsonObject { ["message"] = message }),
    });
}
