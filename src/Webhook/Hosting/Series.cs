namespace Webhook.Hosting;

/// <summary>The values of one instrument for one set of labels. Safe for concurrent use.</summary>
/// <param name="tags">The labels, in the order in which they were given.</param>
/// <param name="buckets">Upper bounds of a histogram's buckets; empty for other kinds.</param>
internal sealed class Series(KeyValuePair<string, object?>[] tags, double[] buckets)
{
    private readonly long[] counts = new long[buckets.Length + 1];
    private double value;

    /// <summary>The labels.</summary>
    public IReadOnlyList<KeyValuePair<string, object?>> Tags => tags;

    /// <summary>The value; of a histogram the sum.</summary>
    public double Value => Volatile.Read(ref value);

    /// <summary>How many measurements fell into a histogram's bucket, not counting smaller ones.</summary>
    public long CountOf(int bucket) => Volatile.Read(ref counts[bucket]);

    /// <summary>Whether these are this series' labels.</summary>
    public bool Has(ReadOnlySpan<KeyValuePair<string, object?>> others)
    {
        if (others.Length != tags.Length)
        {
            return false;
        }

        for (var index = 0; index < tags.Length; index++)
        {
            if (tags[index].Key != others[index].Key || !Equals(tags[index].Value, others[index].Value))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Takes a measurement.</summary>
    public void Record(SeriesKind kind, double measured)
    {
        switch (kind)
        {
            case SeriesKind.Gauge or SeriesKind.ObservedCounter:
                Volatile.Write(ref value, measured);
                break;
            case SeriesKind.Histogram:
                Interlocked.Increment(ref counts[BucketOf(measured)]);
                Add(measured);
                break;
            default:
                Add(measured);
                break;
        }
    }

    private int BucketOf(double measured)
    {
        var bucket = 0;
        while (bucket < buckets.Length && measured > buckets[bucket])
        {
            bucket++;
        }

        return bucket;
    }

    private void Add(double measured)
    {
        var before = Volatile.Read(ref value);
        while (true)
        {
            var seen = Interlocked.CompareExchange(ref value, before + measured, before);
            if (seen.Equals(before))
            {
                return;
            }

            before = seen;
        }
    }
}
