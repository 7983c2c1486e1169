using System.Net;
using Provisioning.Kubernetes;

namespace Provisioning.Reconciliation;

/// <summary>What a failure to follow the API server means.</summary>
internal static class InformerFailures
{
    /// <summary>
    /// Whether the version to resume from is still good. These say nothing about it: a broken connection, too many requests, a failing API
    /// server, credentials being replaced.
    /// </summary>
    public static bool MayResume(Exception exception) => exception switch
    {
        IOException or HttpRequestException => true,
        KubernetesApiException { StatusCode: var code } => (int)code >= 500 || code is HttpStatusCode.Unauthorized
            or HttpStatusCode.Forbidden or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests,
        _ => false,
    };

    /// <summary>For the health check.</summary>
    public static string Describe(Exception exception) => exception is KubernetesApiException { IsUnknownKind: true } or KubernetesApiException { IsNotFound: true }
        ? "the API server does not serve this kind; install its CRD"
        : Failure.Describe(exception);
}
