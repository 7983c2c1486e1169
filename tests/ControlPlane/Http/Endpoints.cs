using ControlPlane.Authorization;
using ControlPlane.Discovery;

namespace ControlPlane.Http;

/// <summary>What can be done with resources, by verb.</summary>
internal sealed class Endpoints(ReadEndpoint read, WatchEndpoint watch, WriteEndpoint write, ReviewEndpoint reviews, DiscoveryEndpoint discovery)
{
    /// <summary>Discovery.</summary>
    public DiscoveryEndpoint Discovery => discovery;

    /// <summary>OpenAPI.</summary>
    public required OpenApiEndpoint OpenApi { get; init; }

    /// <summary>Patches.</summary>
    public required PatchEndpoint Patch { get; init; }

    /// <summary>Answers a request for a resource.</summary>
    public Task InvokeAsync(ApiRequest request)
    {
        var info = request.Info;
        if (info.Subresource == "token")
        {
            return info.Verb == "create" ? reviews.CreateTokenAsync(request) : throw ApiException.MethodNotAllowed();
        }

        if (!request.Resource.Verbs.Contains("get", StringComparer.Ordinal))
        {
            return info.Verb == "create" ? reviews.CreateAsync(request) : throw ApiException.MethodNotAllowed();
        }

        if (request.Resource.IsNamespaced && info.Namespace.Length == 0 && info.Verb is not ("list" or "watch"))
        {
            throw info.Verb == "create"
                ? ApiException.BadRequest("an empty namespace may not be set during creation")
                : ApiException.MethodNotAllowed();
        }

        return info.Verb switch
        {
            "get" => read.GetAsync(request),
            "list" => read.ListAsync(request),
            "watch" => watch.WatchAsync(request),
            "create" when info.Name.Length == 0 => write.CreateAsync(request),
            "update" when info.Name.Length > 0 => write.UpdateAsync(request),
            "patch" when info.Name.Length > 0 => Patch.PatchAsync(request),
            "delete" when info.Subresource.Length == 0 => write.DeleteAsync(request),
            "deletecollection" when request.Resource.Verbs.Contains(info.Verb, StringComparer.Ordinal) => write.DeleteCollectionAsync(request),
            _ => throw ApiException.MethodNotAllowed(),
        };
    }
}
