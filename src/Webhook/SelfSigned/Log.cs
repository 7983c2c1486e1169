using Provisioning.Kubernetes;

namespace Webhook.SelfSigned;

internal static partial class Log
{
    [LoggerMessage(6100, LogLevel.Information, "Secret {Secret} is written: {Steps}")]
    public static partial void CertificatesStored(this ILogger logger, NamespacedName secret, string steps);

    [LoggerMessage(6101, LogLevel.Information, "The caBundle of {Webhooks} webhooks of {Kind} {Name} is written")]
    public static partial void BundleWritten(this ILogger logger, string kind, NamespacedName name, int webhooks);

    [LoggerMessage(6102, LogLevel.Warning, "The self-signed certificate cannot be looked after, tried again: {Reason}")]
    public static partial void RoundFailed(this ILogger logger, string reason);
}
