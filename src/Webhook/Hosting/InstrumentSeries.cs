using System.Diagnostics.Metrics;
using System.Text;

namespace Webhook.Hosting;

/// <summary>What kind of line the exposition has for an instrument.</summary>
internal enum SeriesKind
{
    /// <summary>Only grows; increments are added.</summary>
    Counter,

    /// <summary>Only grows; the total is observed.</summary>
    ObservedCounter,

    /// <summary>Goes up and down; changes are added.</summary>
    UpDown,

    /// <summary>The last value counts.</summary>
    Gauge,

    /// <summary>Counted into buckets.</summary>
    Histogram,
}

/// <summary>The series of one instrument. Recording is safe from any thread.</summary>
internal sealed class InstrumentSeries
{
    /// <summary>More label values than this are a mistake of ours; further ones are counted together.</summary>
    private const int MaxSeries = 2000;

    private static readonly double[] DefaultBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
    private static readonly KeyValuePair<string, object?>[] Overflow = [new("overflow", "true")];

    private readonly Lock adding = new();
    private volatile Series[] all = [];

    private InstrumentSeries(Instrument instrument, SeriesKind kind)
    {
        Name = PrometheusName(instrument, kind);
        Description = instrument.Description ?? "";
        Kind = kind;
        Buckets = kind == SeriesKind.Histogram ? [.. BucketsOf(instrument)] : [];
    }

    /// <summary>The name in the exposition.</summary>
    public string Name { get; }

    /// <summary>The help text.</summary>
    public string Description { get; }

    /// <summary>The kind.</summary>
    public SeriesKind Kind { get; }

    /// <summary>Upper bounds of a histogram's buckets, without the infinite one.</summary>
    public double[] Buckets { get; }

    /// <summary>The series as they are now.</summary>
    public IReadOnlyList<Series> All => all;

    /// <summary>Finds out the kind.</summary>
    public static InstrumentSeries Create(Instrument instrument)
    {
        var type = instrument.GetType().Name;
        return new InstrumentSeries(instrument, type switch
        {
            _ when type.StartsWith("Counter", StringComparison.Ordinal) => SeriesKind.Counter,
            _ when type.StartsWith("ObservableCounter", StringComparison.Ordinal) => SeriesKind.ObservedCounter,
            _ when type.StartsWith("UpDownCounter", StringComparison.Ordinal) => SeriesKind.UpDown,
            _ when type.StartsWith("Histogram", StringComparison.Ordinal) => SeriesKind.Histogram,
            _ => SeriesKind.Gauge,
        });
    }

    /// <summary>Forgets observed series that nobody observes any more.</summary>
    public void BeginCollection()
    {
        if (Kind is SeriesKind.Gauge or SeriesKind.ObservedCounter)
        {
            lock (adding)
            {
                all = [];
            }
        }
    }

    /// <summary>Takes a measurement.</summary>
    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) => Find(tags).Record(Kind, value);

    private Series Find(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (var series in all)
        {
            if (series.Has(tags))
            {
                return series;
            }
        }

        lock (adding)
        {
            foreach (var series in all)
            {
                if (series.Has(tags))
                {
                    return series;
                }
            }

            if (all.Length > MaxSeries)
            {
                return all[^1];
            }

            var added = new Series(all.Length == MaxSeries ? Overflow : tags.ToArray(), Buckets);
            all = [.. all, added];
            return added;
        }
    }

    private static IReadOnlyList<double> BucketsOf(Instrument instrument) => instrument switch
    {
        Histogram<double> { Advice.HistogramBucketBoundaries: { } buckets } => buckets,
        Histogram<long> { Advice.HistogramBucketBoundaries: { } buckets } => [.. buckets.Select(bound => (double)bound)],
        Histogram<int> { Advice.HistogramBucketBoundaries: { } buckets } => [.. buckets.Select(bound => (double)bound)],
        _ => DefaultBuckets,
    };

    private static string PrometheusName(Instrument instrument, SeriesKind kind)
    {
        var name = new StringBuilder();
        foreach (var character in instrument.Name)
        {
            name.Append(char.IsAsciiLetterOrDigit(character) ? character : '_');
        }

        var unit = instrument.Unit switch
        {
            "s" => "_seconds",
            "ms" => "_milliseconds",
            "By" => "_bytes",
            _ => "",
        };
        if (unit.Length > 0 && !name.ToString().EndsWith(unit, StringComparison.Ordinal))
        {
            name.Append(unit);
        }

        return kind is SeriesKind.Counter or SeriesKind.ObservedCounter ? name.Append("_total").ToString() : name.ToString();
    }
}
