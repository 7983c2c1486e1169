namespace Webhook.Injection;

internal static partial class Log
{
    [LoggerMessage(1100, LogLevel.Warning, "Review {RequestUid}: the Kubernetes API did not say to which cluster HelmRelease {Namespace}/{Name} belongs")]
    public static partial void ClusterUnknown(this ILogger logger, Exception exception, string requestUid, string @namespace, string name);

    [LoggerMessage(1102, LogLevel.Warning, "Review {RequestUid}: the Kubernetes API did not say which database {Namespace}/{Name} has")]
    public static partial void ConsumerUnknown(this ILogger logger, Exception exception, string requestUid, string @namespace, string name);
}
