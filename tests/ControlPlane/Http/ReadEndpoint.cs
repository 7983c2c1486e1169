using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Storage;
using ControlPlane.Tables;

namespace ControlPlane.Http;

/// <summary>GET of one object and of lists, in pages that all show the same moment.</summary>
internal sealed class ReadEndpoint(Store store, TimeProvider timeProvider)
{
    /// <summary>Answers with one object.</summary>
    public Task GetAsync(ApiRequest request)
    {
        var stored = store.Get(new ObjectKey(request.Resource.StorageName, request.Info.Namespace is var ns && request.Resource.IsNamespaced ? ns : "", request.Info.Name))
            ?? throw ApiException.NotFound(request.Resource.Group, request.Resource.Plural, request.Info.Name);
        return request.WriteObjectAsync(200, InVersion(request, stored.Value), [], timeProvider);
    }

    /// <summary>Answers with a list.</summary>
    public Task ListAsync(ApiRequest request)
    {
        var labels = LabelSelector.Parse(request.Query("labelSelector"));
        var fields = FieldSelector.Parse(request.Query("fieldSelector"), request.Resource);
        var limit = int.TryParse(request.Query("limit"), CultureInfo.InvariantCulture, out var parsed) ? parsed : 0;
        var token = request.Query("continue") is { Length: > 0 } text ? ContinueToken.Parse(text) : null;
        CheckResourceVersion(request);

        var ns = request.Resource.IsNamespaced && request.Info.Namespace.Length > 0 ? request.Info.Namespace : null;
        var revision = token?.Revision ?? (request.Query("resourceVersionMatch") == "Exact" ? Version(request) : null);
        var stored = store.List(request.Resource.StorageName, ns, revision, out var listed)
            ?? throw ApiException.Expired(token is null
                ? $"The resourceVersion for the provided list is too old."
                : "The provided continue parameter is too old to display a consistent list result. You can start a new list without the "
                    + "continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing "
                    + "with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the "
                    + "time the first chunk was returned and now may show up in the list.");
        var rest = stored.Where(o => token is null || string.CompareOrdinal(o.Key.Path, token.After) > 0).ToList();
        var selected = new List<JsonObject>();
        string? more = null;
        var remaining = 0;
        for (var i = 0; i < rest.Count; i++)
        {
            if (limit > 0 && selected.Count == limit)
            {
                more = new ContinueToken(listed, rest[i - 1].Key.Path).ToString();
                remaining = rest.Count - i;
                break;
            }

            var o = rest[i].Value;
            if (labels.Matches(o["metadata"]!["labels"]) && fields.Matches(o))
            {
                selected.Add(InVersion(request, o));
            }
        }

        var metadata = new JsonObject { ["resourceVersion"] = listed.ToString(CultureInfo.InvariantCulture) };
        if (more is not null)
        {
            metadata["continue"] = more;
            if (request.Query("labelSelector").Length == 0 && request.Query("fieldSelector").Length == 0)
            {
                metadata["remainingItemCount"] = remaining;
            }
        }

        return Answers.WriteAsync(request.Context, 200, ToList(request, selected, metadata), []);
    }

    /// <summary>The object as this version of its resource shows it.</summary>
    public static JsonObject InVersion(ApiRequest request, JsonObject o)
    {
        if (o["apiVersion"].Text() == request.Resource.ApiVersion)
        {
            return o;
        }

        var copy = (JsonObject)o.DeepClone();
        copy["apiVersion"] = request.Resource.ApiVersion;
        return copy;
    }

    private JsonObject ToList(ApiRequest request, List<JsonObject> selected, JsonObject metadata)
    {
        switch (Negotiation.Form(request.Context.Request))
        {
            case AnswerForm.Table:
                return new TableBuilder(request.Resource, request.Query("includeObject"), timeProvider).Build(selected, metadata, true);
            case AnswerForm.Metadata:
                return new JsonObject
                {
                    ["kind"] = "PartialObjectMetadataList",
                    ["apiVersion"] = "meta.k8s.io/v1",
                    ["metadata"] = metadata,
                    ["items"] = new JsonArray([.. selected.Select(TableBuilder.Partial)]),
                };
            default:
                return new JsonObject
                {
                    ["apiVersion"] = request.Resource.ApiVersion,
                    ["kind"] = request.Resource.ListKind,
                    ["metadata"] = metadata,
                    ["items"] = new JsonArray([.. selected.Select(o => ToItem(request, o))]),
                };
        }
    }

    /// <summary>Built-in kinds leave apiVersion and kind out of the items of a list.</summary>
    private static JsonObject ToItem(ApiRequest request, JsonObject o)
    {
        var item = (JsonObject)o.DeepClone();
        if (!request.Resource.IsCustom)
        {
            item.Remove("apiVersion");
            item.Remove("kind");
        }

        return item;
    }

    private void CheckResourceVersion(ApiRequest request)
    {
        if (Version(request) is { } wanted && wanted > store.Revision)
        {
            throw new ApiException(
                504,
                "Timeout",
                $"Timeout: Too large resource version: {wanted}, current: {store.Revision}",
                new JsonObject
                {
                    ["causes"] = new JsonArray(new JsonObject
                    {
                        ["reason"] = "ResourceVersionTooLarge",
                        ["message"] = "Too large resource version",
                    }),
                    ["retryAfterSeconds"] = 1,
                })
            { RetryAfterSeconds = 1 };
        }
    }

    private static long? Version(ApiRequest request)
        => long.TryParse(request.Query("resourceVersion"), CultureInfo.InvariantCulture, out var version) && version > 0 ? version : null;
}

/// <summary>Where the next page of a list begins, and which moment it shows.</summary>
internal sealed record ContinueToken(long Revision, string After)
{
    /// <exception cref="ApiException">400: not one of our tokens.</exception>
    public static ContinueToken Parse(string text)
    {
        try
        {
            var json = Json.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(text));
            return new ContinueToken(json!["rv"].Number()!.Value, json["start"].Text()!);
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException or NullReferenceException)
        {
            throw ApiException.BadRequest($"invalid continue token: continue key is not valid: {e.Message}");
        }
    }

    public override string ToString() => System.Buffers.Text.Base64Url.EncodeToString(
        Json.ToUtf8(new JsonObject { ["v"] = "meta.k8s.io/v1", ["rv"] = Revision, ["start"] = After }));
}
