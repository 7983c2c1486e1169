using System.Net;

namespace Provisioning.Kubernetes;

/// <summary>The API server answered with a <c>meta/v1 Status</c> that is a failure. Never holds a request body: it may be a Secret.</summary>
public sealed class KubernetesApiException : Exception
{
    /// <summary>Creates the exception from an answer of the API server.</summary>
    /// <param name="statusCode">The HTTP status code, or the code of an ERROR event in a watch.</param>
    /// <param name="reason"><c>status.reason</c>, such as <c>NotFound</c>; empty when the server sent none.</param>
    /// <param name="message"><c>status.message</c>, or a text of our own when the body was no Status.</param>
    public KubernetesApiException(HttpStatusCode statusCode, string reason, string message)
        : base(message)
    {
        StatusCode = statusCode;
        Reason = reason;
    }

    /// <summary>The HTTP status code.</summary>
    public HttpStatusCode StatusCode { get; }

    /// <summary>The API's machine-readable reason; empty when the server sent none.</summary>
    public string Reason { get; }

    /// <summary>How long the API server asks to wait (<c>Retry-After</c>, <c>details.retryAfterSeconds</c>); null when it does not.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>
    /// The API server does not serve the kind at all, which it says in plain text, without a Status: its CRD is not installed.
    /// </summary>
    public bool IsUnknownKind { get; init; }

    /// <summary>The object does not exist, by the API server's own word: a proxy's 404 page does not say so.</summary>
    public bool IsNotFound => StatusCode == HttpStatusCode.NotFound && Reason == "NotFound";

    /// <summary>A create found the name taken.</summary>
    public bool IsAlreadyExists => StatusCode == HttpStatusCode.Conflict && Reason == "AlreadyExists";

    /// <summary>A precondition or resource version did not hold.</summary>
    public bool IsConflict => StatusCode == HttpStatusCode.Conflict && Reason != "AlreadyExists";

    /// <summary>The resource version or continue token is too old: list again.</summary>
    public bool IsGone => StatusCode == HttpStatusCode.Gone;
}
