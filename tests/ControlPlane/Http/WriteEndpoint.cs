using System.Text.Json.Nodes;
using ControlPlane.Patching;
using ControlPlane.Storage;
using ControlPlane.Writing;

namespace ControlPlane.Http;

/// <summary>POST, PUT, PATCH and DELETE of stored objects.</summary>
internal sealed class WriteEndpoint(Store store, ObjectWriter writer, ObjectDeleter deleter, TimeProvider timeProvider)
{
    private const string JsonPatchType = "application/json-patch+json";
    private const string MergePatchType = "application/merge-patch+json";
    private const string StrategicPatchType = "application/strategic-merge-patch+json";
    private const string ApplyPatchType = "application/apply-patch+yaml";

    public async Task CreateAsync(ApiRequest request)
    {
        var write = request.ToWrite("");
        var o = Decoder.Decode(await request.ReadBodyAsync(), request.ContentType, write);
        var created = await Warning(request, write, () => writer.CreateAsync(write, o, applied: false, request.Aborted));
        await request.WriteObjectAsync(201, created, [], timeProvider);
    }

    public async Task UpdateAsync(ApiRequest request)
    {
        var write = request.ToWrite(request.Info.Name);
        var o = Decoder.Decode(await request.ReadBodyAsync(), request.ContentType, write);
        var resource = request.Resource;
        if (resource.IsCustom && string.IsNullOrEmpty(o["metadata"]?["resourceVersion"].Text()) && store.Get(write.Key) is not null
            && o["metadata"]?["name"].Text() == write.Name)
        {
            throw ApiException.Invalid(resource.Group, resource.Plural, write.Name, [FieldError.Invalid(
                "metadata.resourceVersion", "0", "must be specified for an update")]);
        }

        var updated = await Warning(request, write, () => writer.UpdateAsync(
            write, _ => (JsonObject)o.DeepClone(), write.Manager("Update"), request.Aborted));
        await request.WriteObjectAsync(200, updated, [], timeProvider);
    }

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
        var patched = await Warning(request, write, () => writer.UpdateAsync(
            write, o => Patched(write, o, type, patch), write.Manager("Update"), request.Aborted));
        await request.WriteObjectAsync(200, patched, [], timeProvider);
    }

    public async Task DeleteAsync(ApiRequest request)
    {
        var (write, options) = await DeleteOptionsAsync(request, request.Info.Name);
        var (o, isGone) = await Warning(request, write, () => deleter.DeleteAsync(write, options, write.Name, request.Aborted));
        if (!isGone)
        {
            await request.WriteObjectAsync(200, o, [], timeProvider);
            return;
        }

        var details = ApiException.Details(request.Resource.Group, request.Resource.Plural, write.Name);
        details["uid"] = o["metadata"]!["uid"].Text();
        await Answers.WriteAsync(request.Context, 200, new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Success",
            ["details"] = details,
        }, []);
    }

    public async Task DeleteCollectionAsync(ApiRequest request)
    {
        var (write, options) = await DeleteOptionsAsync(request, "");
        var labels = LabelSelector.Parse(request.Query("labelSelector"));
        var fields = FieldSelector.Parse(request.Query("fieldSelector"), request.Resource);
        var ns = request.Resource.IsNamespaced ? request.Info.Namespace : null;
        var items = new JsonArray();
        foreach (var stored in store.List(request.Resource.StorageName, ns, null, out _)!)
        {
            if (labels.Matches(stored.Value["metadata"]!["labels"]) && fields.Matches(stored.Value))
            {
                var one = write with { Name = stored.Key.Name, Namespace = stored.Key.Namespace };
                await Warning(request, one, () => deleter.DeleteAsync(one, options, "", request.Aborted));
                items.Add(stored.Value.DeepClone());
            }
        }

        await Answers.WriteAsync(request.Context, 200, new JsonObject
        {
            ["apiVersion"] = request.Resource.ApiVersion,
            ["kind"] = request.Resource.ListKind,
            ["metadata"] = new JsonObject { ["resourceVersion"] = $"{store.Revision}" },
            ["items"] = items,
        }, []);
    }

    private async Task ApplyAsync(ApiRequest request, WriteRequest write, byte[] body)
    {
        if (write.FieldManager.Length == 0)
        {
            throw ApiException.Invalid(
                "meta.k8s.io", "PatchOptions", "", [FieldError.Required("fieldManager", "is required for apply patch")]);
        }

        var intent = Decoder.Decode(body, ApplyPatchType, write, setDefaults: false);
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
            var created = await Warning(request, write, () => writer.CreateAsync(write, merged, applied: true, request.Aborted));
            await request.WriteObjectAsync(201, created, [], timeProvider);
            return;
        }

        var applied = await Warning(request, write, () => writer.UpdateAsync(
            write,
            o => manager.Apply(o, (JsonObject)intent.DeepClone(), write.Manager("Apply"), write.IsForced),
            null,
            request.Aborted));
        await request.WriteObjectAsync(200, applied, [], timeProvider);
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

        try
        {
            Decoder.Conform(patched, write, []);
        }
        catch (ApiException e) when (e.Message.Contains("strict decoding error: ", StringComparison.Ordinal))
        {
            var text = e.Message[e.Message.IndexOf("strict decoding error: ", StringComparison.Ordinal)..];
            throw ApiException.Invalid("", "", "", [FieldError.Invalid("patch", Schema.Validation.Quote(patch.ToJsonString()), text)]);
        }

        return patched;
    }

    private static async Task<(WriteRequest Write, JsonObject Options)> DeleteOptionsAsync(ApiRequest request, string name)
    {
        var write = request.ToWrite(name);
        var body = await request.ReadBodyAsync();
        var given = body.Length == 0 ? [] : Decoder.Read(body, request.ContentType, "DeleteOptions", null);
        var options = new JsonObject { ["kind"] = "DeleteOptions", ["apiVersion"] = "meta.k8s.io/v1" };
        foreach (var field in (string[])["gracePeriodSeconds", "preconditions", "orphanDependents", "propagationPolicy", "dryRun"])
        {
            if (given[field] is { } value)
            {
                options[field] = value.DeepClone();
            }
            else if (request.Query(field) is { Length: > 0 } text)
            {
                options[field] = field == "dryRun" ? new JsonArray(text) : text;
            }
        }

        return (write with { IsDryRun = options["dryRun"] is JsonArray { Count: > 0 } }, options);
    }

    /// <summary>Warnings reach the client whether the request succeeds or not.</summary>
    private static async Task<T> Warning<T>(ApiRequest request, WriteRequest write, Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        finally
        {
            Answers.AddWarnings(request.Context, write.Warnings);
        }
    }
}
