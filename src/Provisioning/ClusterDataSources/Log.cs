using Microsoft.Extensions.Logging;
using Provisioning.Kubernetes;

namespace Provisioning.ClusterDataSources;

/// <summary>What the controllers of ClusterDataSources log: event ids from 5000.</summary>
internal static partial class Log
{
    [LoggerMessage(5000, LogLevel.Information, "{ClusterDataSource} is ready with Secret {KineSecret}; changed on the server: {Steps}")]
    public static partial void ClusterDataSourceReady(this ILogger logger, NamespacedName clusterDataSource, string kineSecret, string steps);

    [LoggerMessage(5001, LogLevel.Warning, "{ClusterDataSource} is not as it should be: {Problem}")]
    public static partial void ClusterDataSourceFailed(this ILogger logger, NamespacedName clusterDataSource, string problem, Exception? exception);

    [LoggerMessage(5002, LogLevel.Information, "Created Secret {Secret} for {ClusterDataSource}")]
    public static partial void SecretCreated(this ILogger logger, NamespacedName clusterDataSource, NamespacedName secret);

    [LoggerMessage(5003, LogLevel.Information, "Changed Secret {Secret} of {ClusterDataSource}")]
    public static partial void SecretChanged(this ILogger logger, NamespacedName clusterDataSource, NamespacedName secret);

    [LoggerMessage(5004, LogLevel.Information, "Deleted Secret {Secret} of {ClusterDataSource}")]
    public static partial void SecretDeleted(this ILogger logger, NamespacedName clusterDataSource, NamespacedName secret);

    [LoggerMessage(5005, LogLevel.Information, "Released {ClusterDataSource}: role {Role} is dropped, database {Database} is kept")]
    public static partial void Released(this ILogger logger, NamespacedName clusterDataSource, string role, string database);

    [LoggerMessage(5006, LogLevel.Information, "Released {ClusterDataSource}: no server was ever asked for anything")]
    public static partial void NothingToRelease(this ILogger logger, NamespacedName clusterDataSource);

    [LoggerMessage(5007, LogLevel.Error, "{ClusterDataSource}: {Note}")]
    public static partial void LeftBehind(this ILogger logger, NamespacedName clusterDataSource, string note);

    [LoggerMessage(5008, LogLevel.Warning, "The Event {Reason} about {ClusterDataSource} could not be written")]
    public static partial void EventLost(this ILogger logger, NamespacedName clusterDataSource, string reason, Exception exception);

    [LoggerMessage(5009, LogLevel.Debug, "{ClusterDataSource}: {Outcome}")]
    public static partial void NothingToReport(this ILogger logger, NamespacedName clusterDataSource, string outcome);

    [LoggerMessage(5010, LogLevel.Information, "Created ClusterDataSource {ClusterDataSource} for the ClusterDeployment of the same name")]
    public static partial void ClusterDataSourceCreated(this ILogger logger, NamespacedName clusterDataSource);

    [LoggerMessage(5011, LogLevel.Information, "ClusterDataSource {ClusterDataSource} follows its ClusterDeployment to DataSource {DataSource}")]
    public static partial void ClusterDataSourceFollows(this ILogger logger, NamespacedName clusterDataSource, NamespacedName dataSource);

    [LoggerMessage(5012, LogLevel.Warning, "ClusterDataSource {ClusterDataSource} is not controlled by the ClusterDeployment of the same name and does not follow its spec.dataSource")]
    public static partial void NotOurClusterDataSource(this ILogger logger, NamespacedName clusterDataSource);

    [LoggerMessage(5014, LogLevel.Warning, "{ClusterDataSource} is ready, but {Warning}")]
    public static partial void ServerNeedsAttention(this ILogger logger, NamespacedName clusterDataSource, string warning);

    [LoggerMessage(5015, LogLevel.Information, "Rotated the password of {ClusterDataSource}: role {Role} logs in, as Secret {KineSecret} says")]
    public static partial void Rotated(this ILogger logger, NamespacedName clusterDataSource, string role, string kineSecret);

    [LoggerMessage(5016, LogLevel.Information, "Nobody uses the former password of {ClusterDataSource} any more: role {Role} no longer logs in")]
    public static partial void FormerRetired(this ILogger logger, NamespacedName clusterDataSource, string role);

    [LoggerMessage(5017, LogLevel.Warning, "Whether the namespace of {ClusterDataSource} is being deleted cannot be known")]
    public static partial void NamespaceUnknown(this ILogger logger, NamespacedName clusterDataSource, Exception exception);
}
