using System.Text.Json.Nodes;
using ControlPlane.Patching;
using ControlPlane.Storage;
using ControlPlane.Writing;

namespace ControlPlane.Http;

/// <summary>PATCH in its four forms.</summary>
internal sealed class PatchEndpoint(Store store, ObjectWriter writer, TimeProvider timeProvider)
{
    private const string JsonPatchType = "application/json-patch+json";
    private const string MergePatchType = "application/merge-patch+json";
    private const string StrategicPatchType = "application/strategic-merge-patch+json";
    private const string ApplyPatchType = "application/apply-patch+yaml";

    public async Task PatchAsync(ApiRequest request)
    {
        var type = (request.Context.Request.ContentType ?? "").Split(';')[0].Trim();
        string[] accepted = request.Resource.IsCustom
            ? [JsonPatchType, MergePatchType, ApplyPatchType]
            : [JsonPatchType, MergePatchType, StrategicPatchType, ApplyPatchType];
        if (!accepted.Contains(type, StringComparer.Ordinal))
        {
            throw new ApiException(
                415,
                "UnsupportedMediaType",
                $"the body of the request was in an unknown format - accepted media types include: {string.Join(", ", accepted)}");
        }

        var write = request.ToWrite(request.Info.Name);
        var body = await request.ReadBodyAsync();
        if (type == ApplyPatchType)
        {
            await ApplyAsync(request, write, body);
            return;
        }

        var patch = ParsePatch(type, body);
        var patched = await WriteEndpoint.Warning(request, write, () => writer.UpdateAsync(
            write, o => Patched(write, o, type, patch), write.Manager("Update"), request.Aborted));
        await request.WriteObjectAsync(200, patched, [], timeProvider);
    }

    private async Task ApplyAsync(ApiRequest request, WriteRequest write, byte[] body)
    {
        if (write.FieldManager.Length == 0)
        {
            throw ApiException.Invalid(
                "meta.k8s.io", "PatchOptions", "", [FieldError.Required("fieldManager", "is required for apply patch")]);
        }

        var intent = DecodeIntent(request, write, body);
        var manager = new FieldManager(request.Resource, timeProvider);
        if (store.Get(write.Key) is null && write.Subresource.Length == 0)
        {
            intent.Child("metadata")["name"] ??= write.Name;
            var fresh = new JsonObject
            {
                ["apiVersion"] = intent["apiVersion"]?.DeepClone(),
                ["kind"] = intent["kind"]?.DeepClone(),
                ["metadata"] = new JsonObject(),
            };
            var merged = manager.Apply(fresh, intent, write.Manager("Apply"), write.IsForced);
            var created = await WriteEndpoint.Warning(request, write, () => writer.CreateAsync(write, merged, applied: true, request.Aborted));
            await request.WriteObjectAsync(201, created, [], timeProvider);
            return;
        }

        var applied = await WriteEndpoint.Warning(request, write, () => writer.UpdateAsync(
            write,
            o => manager.Apply(o, (JsonObject)intent.DeepClone(), write.Manager("Apply"), write.IsForced),
            null,
            request.Aborted));
        await request.WriteObjectAsync(200, applied, [], timeProvider);
    }

    private static JsonObject DecodeIntent(ApiRequest request, WriteRequest write, byte[] body)
    {
        var duplicates = new List<string>();
        var intent = Decoder.Read(body, ApplyPatchType, request.Resource.Kind, duplicates);
        var unknown = new List<string>();
        Schema.Pruning.Prune(intent.DeepClone(), request.Resource.Schema, "", unknown);
        if (unknown.Count > 0)
        {
            // An intent must name its fields by the schema, whatever the field validation: ownership depends on it.
            throw new ApiException(
                500,
                "",
                $"failed to create typed patch object ({write.Namespace}/{write.Name}; {request.Resource.ApiVersion}, "
                + $"Kind={request.Resource.Kind}): .{unknown[0]}: field not declared in schema");
        }

        return Decoder.Decode(body, ApplyPatchType, write, setDefaults: false);
    }

    private static JsonNode ParsePatch(string type, byte[] body)
    {
        JsonNode? patch;
        try
        {
            patch = Json.Parse(body);
        }
        catch (System.Text.Json.JsonException e)
        {
            throw ApiException.BadRequest($"error decoding patch: {e.Message}");
        }

        return (type, patch) switch
        {
            (JsonPatchType, JsonArray) => patch,
            (JsonPatchType, _) => throw ApiException.BadRequest(
                "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp"),
            (_, JsonObject) => patch,
            _ => throw ApiException.BadRequest("error decoding patch: json: cannot unmarshal into Go value of type map[string]interface {}"),
        };
    }

    private static JsonObject Patched(WriteRequest write, JsonObject o, string type, JsonNode patch)
    {
        JsonObject patched;
        try
        {
            patched = type switch
            {
                JsonPatchType => JsonPatch.Apply(o, patch.AsArray()) as JsonObject ?? throw new JsonPatchException("no object is left"),
                MergePatchType => (JsonObject)MergePatch.Apply(o, patch)!,
                _ => StrategicMergePatch.Apply(o, patch.AsObject(), write.Resource.Schema),
            };
        }
        catch (JsonPatchException)
        {
            throw new ApiException(422, "Invalid", "the server rejected our request due to an error in our request", []);
        }

        var asPatched = Json.ToText(Json.Sorted(patched));
        try
        {
            Decoder.Conform(patched, write, []);
        }
        catch (ApiException e) when (e.Message.Contains("strict decoding error: ", StringComparison.Ordinal))
        {
            var text = e.Message[e.Message.IndexOf("strict decoding error: ", StringComparison.Ordinal)..];
            throw ApiException.Invalid("", "", "", [FieldError.Invalid("patch", Schema.Validation.Quote(asPatched), text)]);
        }

        return patched;
    }
}
