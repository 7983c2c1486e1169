using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Http;
using ControlPlane.Resources;

namespace ControlPlane.Admission;

/// <summary>Writes <c>admission.k8s.io/v1 AdmissionReview</c> requests and checks the responses.</summary>
internal static class ReviewMessages
{
    /// <summary>The request, its fields in the order of the API server's own.</summary>
    public static JsonObject Build(AdmissionCall call, ResourceDefinition seenAs, string uid)
    {
        var request = call.Request;
        var json = new JsonObject
        {
            ["uid"] = uid,
            ["kind"] = Kind(seenAs),
            ["resource"] = Resource(seenAs),
        };
        AddUnlessEmpty(json, "subResource", request.Subresource);
        json["requestKind"] = Kind(request.Resource);
        json["requestResource"] = Resource(request.Resource);
        AddUnlessEmpty(json, "requestSubResource", request.Subresource);
        AddUnlessEmpty(json, "name", call.Name);
        AddUnlessEmpty(json, "namespace", request.Resource.StorageName == "/namespaces" ? call.Name : request.Namespace);
        json["operation"] = call.Operation;
        json["userInfo"] = request.User.ToJson();
        json["object"] = InVersion(call.Object, seenAs);
        json["oldObject"] = InVersion(call.OldObject, seenAs);
        json["dryRun"] = request.IsDryRun;
        json["options"] = call.Options.DeepClone();
        return new JsonObject { ["kind"] = "AdmissionReview", ["apiVersion"] = "admission.k8s.io/v1", ["request"] = json };
    }

    /// <summary>The <c>response</c> of an answer.</summary>
    /// <exception cref="WebhookException">It is none, or not for this request.</exception>
    public static JsonObject Read(byte[] body, string uid, bool isMutating)
    {
        JsonNode? review;
        try
        {
            review = Json.Parse(body);
        }
        catch (JsonException e)
        {
            throw new WebhookException($"failed to call webhook: couldn't get version/kind; json parse error: {e.Message}");
        }

        if (review?["kind"].Text() != "AdmissionReview" || review["apiVersion"].Text() != "admission.k8s.io/v1")
        {
            throw new WebhookException(
                $"received invalid webhook response: expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, "
                + $"got {review?["apiVersion"].Text()}, Kind={review?["kind"].Text()}");
        }

        if (review["response"] is not JsonObject response)
        {
            throw new WebhookException("received invalid webhook response: webhook response was absent");
        }

        if (response["uid"].Text() != uid)
        {
            throw new WebhookException(
                $"received invalid webhook response: expected response.uid=\"{uid}\", got \"{response["uid"].Text()}\"");
        }

        var hasPatch = response["patch"] is not null;
        var patchType = response["patchType"].Text();
        var mistake = (isMutating, hasPatch, patchType) switch
        {
            (false, true, _) => "validating webhook may not return response.patch",
            (false, _, not null) => "validating webhook may not return response.patchType",
            (true, true, null) => "webhook returned response.patch but not response.patchType",
            (true, false, not null) => "webhook returned response.patchType but not response.patch",
            (true, true, not "JSONPatch") => $"webhook returned invalid response.patchType of \"{patchType}\"",
            _ => null,
        };
        return mistake is null ? response : throw new WebhookException($"received invalid webhook response: {mistake}");
    }

    /// <summary>The denial as the user gets it.</summary>
    public static ApiException Denial(string webhook, JsonNode? status)
    {
        var code = status?["code"].Number() ?? 0;
        var reason = status?["reason"].Text() ?? "";
        var why = status?["message"].Text() is { Length: > 0 } message ? $": {message}" : reason.Length > 0 ? $": {reason}" : " without explanation";
        return new ApiException(
            code < 400 ? 400 : (int)code,
            reason,
            $"admission webhook \"{webhook}\" denied the request{why}",
            status?["details"] as JsonObject);
    }

    private static JsonNode? InVersion(JsonObject? o, ResourceDefinition resource)
    {
        var sorted = Json.Sorted(o);
        if (sorted is not null)
        {
            sorted["apiVersion"] = resource.ApiVersion;
        }

        return sorted;
    }

    private static void AddUnlessEmpty(JsonObject json, string key, string value)
    {
        if (value.Length > 0)
        {
            json[key] = value;
        }
    }

    private static JsonObject Kind(ResourceDefinition resource)
        => new() { ["group"] = resource.Group, ["version"] = resource.Version, ["kind"] = resource.Kind };

    private static JsonObject Resource(ResourceDefinition resource)
        => new() { ["group"] = resource.Group, ["version"] = resource.Version, ["resource"] = resource.Plural };
}

/// <summary>A webhook could not be asked, or its answer was no answer.</summary>
internal sealed class WebhookException(string message) : Exception(message);
