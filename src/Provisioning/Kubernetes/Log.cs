using Microsoft.Extensions.Logging;

namespace Provisioning.Kubernetes;

/// <summary>What the Kubernetes client logs: event ids from 2000.</summary>
internal static partial class Log
{
    [LoggerMessage(2000, LogLevel.Information, "Using the Kubernetes API at {Server}, credentials from {Source}")]
    public static partial void UsingKubernetesApi(this ILogger logger, Uri server, string source);

    [LoggerMessage(2001, LogLevel.Warning, "The token file {File} cannot be used; the last good token stays in use")]
    public static partial void TokenUnreadable(this ILogger logger, string file, Exception exception);

    [LoggerMessage(2002, LogLevel.Warning, "The CA file {File} cannot be used; the last good certificates stay trusted")]
    public static partial void CertificateAuthorityUnreadable(this ILogger logger, string file, Exception exception);

    [LoggerMessage(2003, LogLevel.Information, "The Kubernetes API refused our credential; trying again with the one that its file or plugin gives now")]
    public static partial void CredentialRenewed(this ILogger logger);

    [LoggerMessage(2004, LogLevel.Debug, "{Method} {Path} answered {StatusCode} in {Elapsed} ms")]
    public static partial void RequestAnswered(this ILogger logger, HttpMethod method, string path, int statusCode, double elapsed);
}
