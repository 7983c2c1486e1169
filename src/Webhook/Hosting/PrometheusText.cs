using System.Globalization;
using System.Text;

namespace Webhook.Hosting;

/// <summary>The Prometheus text format, version 0.0.4.</summary>
internal static class PrometheusText
{
    /// <summary>Appends the instruments of one name.</summary>
    public static void Append(StringBuilder text, IReadOnlyList<InstrumentSeries> family)
    {
        if (family.All(instrument => instrument.All.Count == 0))
        {
            return;
        }

        var name = family[0].Name;
        text.Append("# HELP ").Append(name).Append(' ').Append(EscapeHelp(family[0].Description)).Append('\n');
        text.Append("# TYPE ").Append(name).Append(' ').Append(TypeOf(family[0].Kind)).Append('\n');
        foreach (var instrument in family)
        {
            foreach (var series in instrument.All)
            {
                if (instrument.Kind == SeriesKind.Histogram)
                {
                    AppendHistogram(text, instrument, series);
                }
                else
                {
                    AppendLine(text, name, series, upperBound: null, series.Value);
                }
            }
        }
    }

    private static void AppendHistogram(StringBuilder text, InstrumentSeries instrument, Series series)
    {
        var count = 0L;
        for (var bucket = 0; bucket <= instrument.Buckets.Length; bucket++)
        {
            count += series.CountOf(bucket);
            var bound = bucket < instrument.Buckets.Length ? Number(instrument.Buckets[bucket]) : "+Inf";
            AppendLine(text, $"{instrument.Name}_bucket", series, bound, count);
        }

        AppendLine(text, $"{instrument.Name}_sum", series, upperBound: null, series.Value);
        AppendLine(text, $"{instrument.Name}_count", series, upperBound: null, count);
    }

    private static void AppendLine(StringBuilder text, string name, Series series, string? upperBound, double value)
    {
        text.Append(name);
        var separator = '{';
        foreach (var (key, label) in series.Tags)
        {
            text.Append(separator).Append(Key(key)).Append("=\"").Append(EscapeLabel(label?.ToString() ?? "")).Append('"');
            separator = ',';
        }

        if (upperBound is not null)
        {
            text.Append(separator).Append("le=\"").Append(upperBound).Append('"');
            separator = ',';
        }

        text.Append(separator == ',' ? "} " : " ").Append(Number(value)).Append('\n');
    }

    private static string TypeOf(SeriesKind kind) => kind switch
    {
        SeriesKind.Counter or SeriesKind.ObservedCounter => "counter",
        SeriesKind.Histogram => "histogram",
        _ => "gauge",
    };

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        double.NaN => "NaN",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static string Key(string key) => string.Concat(key.Select(character => char.IsAsciiLetterOrDigit(character) ? character : '_'));

    private static string EscapeHelp(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string EscapeLabel(string text) => EscapeHelp(text).Replace("\"", "\\\"", StringComparison.Ordinal);
}
