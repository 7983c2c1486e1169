using ControlPlane.Authorization;
using ControlPlane.Discovery;
using ControlPlane.Resources;

namespace ControlPlane.Http;

/// <summary>Takes every request from authentication over authorization to its endpoint.</summary>
internal sealed class RequestHandler(
    Endpoints endpoints, Authenticator authenticator, Authorizer authorizer, AccessLog accesses, ResourceCatalog catalog)
{
    private static readonly HashSet<string> Health = new(["/livez", "/readyz", "/healthz"], StringComparer.Ordinal);
    private readonly Impersonation _impersonation = new(authorizer);

    /// <summary>Answers a request; whatever goes wrong becomes a Status.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        context.Response.Headers["Audit-Id"] = Guid.NewGuid().ToString();
        try
        {
            await RouteAsync(context);
        }
        catch (ApiException e) when (!context.Response.HasStarted)
        {
            await Answers.WriteAsync(context, e);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to answer to.
        }
        catch (Exception e) when (!context.Response.HasStarted && e is not ApiException)
        {
            // A fault of this server: the text names it, because whoever reads it is debugging a test.
            await Answers.WriteAsync(context, new ApiException(500, "InternalError", $"Internal error occurred: {e}"));
        }
    }

    private async Task RouteAsync(HttpContext context)
    {
        var info = RequestInfo.Parse(context.Request);
        var user = _impersonation.Apply(authenticator.Authenticate(context), context.Request.Headers);
        Authorize(info, user);
        if (!info.IsResource)
        {
            await AnswerPathAsync(context, info);
            return;
        }

        var resource = catalog.Find(info.Group, info.Version, info.Plural);
        if (resource is null || (info.Subresource.Length > 0 && !resource.Subresources.Contains(info.Subresource, StringComparer.Ordinal)))
        {
            await AnswerNotFoundAsync(context);
            return;
        }

        await endpoints.InvokeAsync(new ApiRequest(context, info, resource, user));
    }

    private void Authorize(RequestInfo info, UserInfo user)
    {
        var question = new AccessQuestion
        {
            User = user,
            Verb = info.Verb,
            Path = info.IsResource ? null : info.Path,
            Group = info.Group,
            Resource = info.Subresource.Length > 0 ? $"{info.Plural}/{info.Subresource}" : info.Plural,
            Namespace = info.Namespace,
            Name = info.Name,
        };
        var (isAllowed, _) = authorizer.Ask(question);
        accesses.Record(question, isAllowed);
        if (isAllowed)
        {
            return;
        }

        throw info.IsResource
            ? ApiException.Forbidden(info.Group, question.Resource, info.Name, question.Refusal()).WithKind(info.Plural)
            : new ApiException(403, "Forbidden", question.Refusal(), []);
    }

    private async Task AnswerPathAsync(HttpContext context, RequestInfo info)
    {
        var path = info.Path.TrimEnd('/');
        if (Health.Contains(path) || Health.Any(h => path.StartsWith(h + "/", StringComparison.Ordinal)))
        {
            await Answers.WriteTextAsync(context, 200, "ok");
        }
        else if (path == "/version")
        {
            await Answers.WriteAsync(context, 200, VersionInfo.Build(), []);
        }
        else if (path == "/openapi/v2")
        {
            // kubectl takes protobuf here and asks only when v3 does not help it: an empty document with its version.
            context.Response.ContentType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
            await context.Response.Body.WriteAsync(new byte[] { 0x0a, 3, (byte)'2', (byte)'.', (byte)'0' }, context.RequestAborted);
        }
        else if (endpoints.OpenApi.Find(path) is { } document)
        {
            await Answers.WriteAsync(context, 200, document, []);
        }
        else if (endpoints.Discovery.Find(path, context.Request.Headers.Accept.ToString()) is { } found)
        {
            var bytes = Json.ToUtf8(found.Body);
            context.Response.ContentType = found.ContentType;
            await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
        }
        else
        {
            await AnswerNotFoundAsync(context);
        }
    }

    private static Task AnswerNotFoundAsync(HttpContext context)
    {
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return Answers.WriteTextAsync(context, 404, "404 page not found\n");
    }
}
