using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;

namespace Webhook.Hosting;

/// <summary>
/// Listens to the instruments of this product and of the runtime, and writes them as Prometheus text (exposition format 0.0.4).
/// Recording does not allocate once a series exists.
/// </summary>
internal sealed class MetricsExporter : IDisposable
{
    /// <summary>What the names of the meters begin with whose instruments are given out, here and over OTLP.</summary>
    public static readonly string[] MeterPrefixes = ["Webhook", "Provisioning", "System.Runtime"];

    private readonly ConcurrentDictionary<Instrument, InstrumentSeries> instruments = new();
    private readonly Lock collecting = new();
    private readonly MeterListener listener = new();

    /// <param name="meters">Only its meters, and those of nobody, are this host's.</param>
    public MetricsExporter(IMeterFactory meters)
    {
        listener.InstrumentPublished = (instrument, meterListener) =>
        {
            var isOfThisHost = instrument.Meter.Scope is null || instrument.Meter.Scope == meters;
            if (isOfThisHost && MeterPrefixes.Any(prefix => instrument.Meter.Name.StartsWith(prefix, StringComparison.Ordinal)))
            {
                meterListener.EnableMeasurementEvents(instrument, instruments.GetOrAdd(instrument, InstrumentSeries.Create));
            }
        };
        listener.MeasurementsCompleted = (instrument, state) => instruments.TryRemove(new(instrument, (InstrumentSeries)state!));
        listener.SetMeasurementEventCallback<byte>(static (_, value, tags, state) => Record(state, value, tags));
        listener.SetMeasurementEventCallback<short>(static (_, value, tags, state) => Record(state, value, tags));
        listener.SetMeasurementEventCallback<int>(static (_, value, tags, state) => Record(state, value, tags));
        listener.SetMeasurementEventCallback<long>(static (_, value, tags, state) => Record(state, value, tags));
        listener.SetMeasurementEventCallback<float>(static (_, value, tags, state) => Record(state, value, tags));
        listener.SetMeasurementEventCallback<double>(static (_, value, tags, state) => Record(state, value, tags));
        listener.SetMeasurementEventCallback<decimal>(static (_, value, tags, state) => Record(state, (double)value, tags));
        listener.Start();
    }

    /// <summary>Answers a scrape.</summary>
    public Task AnswerAsync(HttpContext context)
    {
        context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        return context.Response.WriteAsync(Collect(), context.RequestAborted);
    }

    /// <summary>The current values as Prometheus text.</summary>
    public string Collect()
    {
        var text = new StringBuilder();
        lock (collecting)
        {
            // What an observable no longer reports is gone: an object that was deleted must not keep its last value.
            foreach (var series in instruments.Values)
            {
                series.BeginCollection();
            }

            listener.RecordObservableInstruments();

            // Two meters may have an instrument of the same name: one header for both.
            foreach (var family in instruments.Values.GroupBy(series => series.Name, StringComparer.Ordinal).OrderBy(family => family.Key, StringComparer.Ordinal))
            {
                PrometheusText.Append(text, [.. family]);
            }
        }

        return text.ToString();
    }

    /// <inheritdoc/>
    public void Dispose() => listener.Dispose();

    private static void Record(object? state, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) => ((InstrumentSeries)state!).Record(value, tags);
}
