
namespace ControlPlane.Http;

/// <summary>What a request is about, read from its method and path (Kubernetes API concepts, "Resource URIs").</summary>
internal sealed record RequestInfo
{
    /// <summary>get, list, watch, create, update, patch, delete, deletecollection; the lower-case method for other paths.</summary>
    public required string Verb { get; init; }

    /// <summary>False for paths such as /version.</summary>
    public bool IsResource { get; init; }

    public required string Path { get; init; }

    public string Group { get; init; } = "";

    public string Version { get; init; } = "";

    /// <summary>Empty for cluster-scoped requests and lists over all namespaces.</summary>
    public string Namespace { get; init; } = "";

    public string Plural { get; init; } = "";

    public string Name { get; init; } = "";

    public string Subresource { get; init; } = "";

    /// <summary>Reads a request.</summary>
    public static RequestInfo Parse(HttpRequest request)
    {
        var path = request.Path.Value ?? "/";
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var isCore = parts is ["api", _, _, ..];
        if (!isCore && parts is not ["apis", _, _, _, ..])
        {
            return new RequestInfo { Verb = request.Method.ToLowerInvariant(), Path = path };
        }

        var rest = parts[(isCore ? 2 : 3)..];
        var ns = "";
        if (rest is ["namespaces", var name, .. var below])
        {
            ns = name;
            // /namespaces/x is the namespace itself, /namespaces/x/status and /finalize are its subresources.
            rest = below is [] or ["status" or "finalize"] && isCore ? rest : below;
            if (below.Length == 0 && !isCore)
            {
                return new RequestInfo { Verb = request.Method.ToLowerInvariant(), Path = path };
            }
        }

        return new RequestInfo
        {
            IsResource = true,
            Path = path,
            Verb = ToVerb(request, rest.Length > 1),
            Group = isCore ? "" : parts[1],
            Version = isCore ? parts[1] : parts[2],
            Namespace = ns,
            Plural = rest[0],
            Name = rest.Length > 1 ? rest[1] : "",
            Subresource = rest.Length > 2 ? string.Join('/', rest[2..]) : "",
        };
    }

    private static string ToVerb(HttpRequest request, bool hasName) => request.Method switch
    {
        "GET" or "HEAD" when IsTrue(request.Query["watch"]) => "watch",
        "GET" or "HEAD" => hasName ? "get" : "list",
        "POST" => "create",
        "PUT" => "update",
        "PATCH" => "patch",
        "DELETE" => hasName ? "delete" : "deletecollection",
        _ => request.Method.ToLowerInvariant(),
    };

    private static bool IsTrue(string? value) => value is "1" or "true" or "True";
}
