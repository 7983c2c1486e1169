using System.Text.Json.Nodes;
using ControlPlane.Authorization;
using ControlPlane.Resources;
using ControlPlane.Writing;

namespace ControlPlane.Http;

/// <summary>A request for a resource, with everything that the endpoints need to know.</summary>
internal sealed record ApiRequest(HttpContext Context, RequestInfo Info, ResourceDefinition Resource, UserInfo User)
{
    /// <summary>Ends when the client goes away or the server stops.</summary>
    public CancellationToken Aborted => Context.RequestAborted;

    /// <summary>The body's media type; empty when the client names none.</summary>
    public string ContentType => Context.Request.ContentType ?? "";

    /// <summary>A query parameter; empty when it is missing.</summary>
    public string Query(string name) => Context.Request.Query[name].ToString();

    /// <summary>Reads the whole body.</summary>
    public async Task<byte[]> ReadBodyAsync()
    {
        using var body = new MemoryStream();
        await Context.Request.Body.CopyToAsync(body, Aborted);
        return body.ToArray();
    }

    /// <summary>The part that concerns writes.</summary>
    public WriteRequest ToWrite(string name)
    {
        var isDryRun = Context.Request.Query["dryRun"].Count > 0;
        if (isDryRun && Query("dryRun") != "All")
        {
            throw ApiException.Invalid(
                "meta.k8s.io",
                Info.Verb switch { "create" => "CreateOptions", "update" => "UpdateOptions", "patch" => "PatchOptions", _ => "DeleteOptions" },
                "",
                [new FieldError("FieldValueNotSupported", "dryRun", $"Unsupported value: [\"{Query("dryRun")}\"]: supported values: \"All\"")]);
        }

        var agent = Context.Request.Headers.UserAgent.ToString().Split('/', ' ')[0];
        return new WriteRequest
        {
            Resource = Resource,
            Namespace = Resource.IsNamespaced ? Info.Namespace : "",
            Name = name,
            Subresource = Info.Subresource,
            User = User,
            IsDryRun = isDryRun,
            FieldManager = Query("fieldManager"),
            UserAgent = agent.Length > 0 ? agent : "unknown",
            FieldValidation = Query("fieldValidation"),
            IsForced = Query("force") is "true" or "1",
        };
    }

    /// <summary>Answers with an object in the form that the client asked for.</summary>
    public Task WriteObjectAsync(int statusCode, JsonObject o, IEnumerable<string> warnings, TimeProvider timeProvider)
    {
        var body = Negotiation.Form(Context.Request) switch
        {
            AnswerForm.Table => new Tables.TableBuilder(Resource, Query("includeObject"), timeProvider).Build(
                [o], new JsonObject { ["resourceVersion"] = o["metadata"]?["resourceVersion"].Text() ?? "" }, true),
            AnswerForm.Metadata => Tables.TableBuilder.Partial(o),
            _ => o,
        };
        return Answers.WriteAsync(Context, statusCode, body, warnings);
    }
}
