using Provisioning.Kubernetes;

namespace Webhook.Validation;

internal static partial class Log
{
    [LoggerMessage(1100, LogLevel.Warning, "Could not look whether DataSource {DataSource} exists: the warning about it is left out")]
    public static partial void DataSourceNotLookedUp(this ILogger logger, Exception exception, NamespacedName dataSource);

    [LoggerMessage(1101, LogLevel.Warning, "The API server did not answer what the decision about review {RequestUid} needs")]
    public static partial void DecisionNeedsAnswer(this ILogger logger, Exception exception, string requestUid);
}
