using System.Diagnostics;

namespace Bench.Load;

/// <summary>What one run of load measured.</summary>
/// <param name="Count">Reviews answered.</param>
/// <param name="PerSecond">Reviews answered per second.</param>
/// <param name="P50">Half of the answers came within this many milliseconds.</param>
/// <param name="P99">99 of 100 answers came within this many milliseconds.</param>
internal sealed record LoadRun(int Count, double PerSecond, double P50, double P99)
{
    /// <summary>Sends the review over all connections at once, each one after the other, until the time is over.</summary>
    public static async Task<LoadRun> MeasureAsync(IReadOnlyList<KeepAliveConnection> connections, RecordedReview review, TimeSpan duration)
    {
        var started = Stopwatch.GetTimestamp();
        var latencies = await Task.WhenAll(connections.Select(connection => Task.Run(() => SendAsync(connection, review.Copy(), started, duration))));
        var elapsed = Stopwatch.GetElapsedTime(started);
        var all = latencies.SelectMany(list => list).Order().ToList();
        return new LoadRun(all.Count, all.Count / elapsed.TotalSeconds, At(all, 0.5), At(all, 0.99));
    }

    /// <summary>Sends the review this many times in all.</summary>
    public static async Task SendAsync(IReadOnlyList<KeepAliveConnection> connections, RecordedReview review, int count)
    {
        var left = count;
        await Task.WhenAll(connections.Select(connection => Task.Run(async () =>
        {
            var own = review.Copy();
            while (Interlocked.Decrement(ref left) >= 0)
            {
                await connection.SendAsync(own);
            }
        })));
    }

    private static async Task<List<double>> SendAsync(KeepAliveConnection connection, RecordedReview review, long started, TimeSpan duration)
    {
        var latencies = new List<double>(16 * 1024);
        while (Stopwatch.GetElapsedTime(started) < duration)
        {
            var sent = Stopwatch.GetTimestamp();
            await connection.SendAsync(review);
            latencies.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
        }

        return latencies;
    }

    private static double At(List<double> sorted, double share) => sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * share))];
}
