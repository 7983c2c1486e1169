using Microsoft.Extensions.Logging;
using Provisioning.Kubernetes;

namespace Provisioning.Consumers;

/// <summary>What the controllers of consumers log: event ids from 5100.</summary>
internal static partial class Log
{
    [LoggerMessage(5100, LogLevel.Information, "Created ClusterDataSource {ClusterDataSource} for the {Kind} of the same name")]
    public static partial void ClusterDataSourceCreated(this ILogger logger, NamespacedName clusterDataSource, string kind);

    [LoggerMessage(5101, LogLevel.Information, "ClusterDataSource {ClusterDataSource} follows its {Kind} to DataSource {DataSource}")]
    public static partial void ClusterDataSourceFollows(this ILogger logger, NamespacedName clusterDataSource, string kind, NamespacedName dataSource);

    [LoggerMessage(5102, LogLevel.Information, "{Kind} {Consumer} now names Secret {KineSecret}")]
    public static partial void ConsumerInjected(this ILogger logger, string kind, NamespacedName consumer, string kineSecret);
}
