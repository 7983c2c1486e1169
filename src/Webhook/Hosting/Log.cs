namespace Webhook.Hosting;

internal static partial class Log
{
    [LoggerMessage(6000, LogLevel.Information, "Serving the certificate {Thumbprint}, valid until {NotAfter:u}")]
    public static partial void CertificateLoaded(this ILogger logger, string thumbprint, DateTimeOffset notAfter);

    [LoggerMessage(6001, LogLevel.Warning, "The certificate files in {Directory} are unusable, the last good pair stays: {Reason}")]
    public static partial void CertificateUnusable(this ILogger logger, string directory, string reason);

    [LoggerMessage(6002, LogLevel.Information, "Draining: not ready any more, calls are answered for another {DrainDuration}")]
    public static partial void Draining(this ILogger logger, TimeSpan drainDuration);

    [LoggerMessage(6003, LogLevel.Information, "Stopping on {Signal}")]
    public static partial void Stopping(this ILogger logger, string signal);

    [LoggerMessage(6005, LogLevel.Information, "Callers need a certificate of one of {Authorities} authorities")]
    public static partial void ClientAuthoritiesLoaded(this ILogger logger, int authorities);

    [LoggerMessage(6006, LogLevel.Warning, "The callers' authorities are unusable, the last good ones stay: {Reason}")]
    public static partial void ClientAuthoritiesUnusable(this ILogger logger, string reason);

    [LoggerMessage(6007, LogLevel.Warning, "A caller was refused because of its certificate {Subject}: {Reason} (more of the same are not logged for a minute)")]
    public static partial void CallerRefused(this ILogger logger, string reason, string subject);

    [LoggerMessage(6004, LogLevel.Warning, "The health check {Check} is {Status}: {Description}")]
    public static partial void HealthChanged(this ILogger logger, string check, string status, string description);

    [LoggerMessage(6010, LogLevel.Information, "Exporting metrics over OTLP, as OTEL_EXPORTER_OTLP_* says")]
    public static partial void OtlpStarted(this ILogger logger);

    [LoggerMessage(6011, LogLevel.Warning, "Metrics could not be exported over OTLP: {Reason}")]
    public static partial void OtlpFailed(this ILogger logger, string reason);
}
