using System.Text.Json.Nodes;
using ControlPlane.Storage;
using ControlPlane.Writing;

namespace ControlPlane.Http;

/// <summary>POST, PUT and DELETE of stored objects.</summary>
internal sealed class WriteEndpoint(Store store, ObjectWriter writer, ObjectDeleter deleter, TimeProvider timeProvider)
{
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
        WriteChecks.CheckName(write, o);
        if (resource.IsCustom && string.IsNullOrEmpty(o["metadata"]?["resourceVersion"].Text()) && store.Get(write.Key) is not null)
        {
            throw ApiException.Invalid(resource.Group, resource.Plural, write.Name, [FieldError.Invalid(
                "metadata.resourceVersion", "0", "must be specified for an update")]);
        }

        var updated = await Warning(request, write, () => writer.UpdateAsync(
            write, _ => (JsonObject)o.DeepClone(), write.Manager("Update"), request.Aborted));
        await request.WriteObjectAsync(200, updated, [], timeProvider);
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
    public static async Task<T> Warning<T>(ApiRequest request, WriteRequest write, Func<Task<T>> work)
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
