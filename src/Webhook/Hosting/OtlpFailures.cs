using System.Diagnostics.Tracing;
using System.Globalization;

namespace Webhook.Hosting;

/// <summary>Passes on what OpenTelemetry says of its own failures, which it writes to event sources and to nobody else.</summary>
internal sealed class OtlpFailures(ILogger logger) : EventListener
{
    /// <inheritdoc/>
    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name.StartsWith("OpenTelemetry", StringComparison.Ordinal))
        {
            EnableEvents(eventSource, EventLevel.Warning);
        }
    }

    /// <inheritdoc/>
    protected override void OnEventWritten(EventWrittenEventArgs eventData) => logger.OtlpFailed(Describe(eventData));

    private static string Describe(EventWrittenEventArgs written)
    {
        var arguments = written.Payload?.ToArray() ?? [];
        var text = written.Message is null ? written.EventName ?? "" : string.Format(CultureInfo.InvariantCulture, written.Message, arguments);

        // The first line says what happened; a stack trace follows.
        return text.Split('\n', 2)[0].TrimEnd();
    }
}
