namespace Webhook.Admission;

internal static partial class Log
{
    [LoggerMessage(1000, LogLevel.Information, "Denied {Operation} of {Resource} {Namespace}/{Name} by {Username} (review {RequestUid}, {CauseCount} causes)")]
    public static partial void ReviewDenied(
        this ILogger logger, AdmissionOperation operation, string resource, string @namespace, string name, string username, string requestUid, int causeCount);

    [LoggerMessage(1001, LogLevel.Warning, "No decision about review {RequestUid} of {Resource} within {Timeout}")]
    public static partial void ReviewTimedOut(this ILogger logger, string requestUid, string resource, TimeSpan timeout);

    [LoggerMessage(1002, LogLevel.Error, "Review {RequestUid} of {Resource} failed")]
    public static partial void ReviewFailed(this ILogger logger, Exception exception, string requestUid, string resource);

    [LoggerMessage(1003, LogLevel.Warning, "No decision about review {RequestUid} of {Resource}: {Reason}")]
    public static partial void ReviewUndecided(this ILogger logger, string requestUid, string resource, string reason);

    [LoggerMessage(1004, LogLevel.Warning, "Refused a call to {Path} with status {StatusCode}: {Reason}")]
    public static partial void CallRefused(this ILogger logger, string path, int statusCode, string reason);

    [LoggerMessage(1005, LogLevel.Error, "Review {RequestUid} of {Resource} came to {Path}, which does not review that resource: mend the webhook configuration")]
    public static partial void ReviewMisdirected(this ILogger logger, string requestUid, string resource, string path);

    [LoggerMessage(1006, LogLevel.Debug, "Decided {Decision} on {Operation} of {Resource} {Namespace}/{Name} (review {RequestUid})")]
    public static partial void ReviewDecided(
        this ILogger logger, string decision, AdmissionOperation operation, string resource, string @namespace, string name, string requestUid);
}
