using Bench.Load;
using Bench.Results;
using Bench.Servers;

namespace Bench.Admission;

/// <summary>Drives the floor and the webhook in turn with the same review over as many connections.</summary>
internal sealed class LoadComparison(Cast cast, ServerProcess webhook, AdmissionSettings settings)
{
    // Enough for the runtime to have compiled for good what is called often: it does that beside the load, on the same processors. A profile
    // after 4 s still had a quarter of the processor time in the compiler.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(10);

    /// <summary>Measures all rounds.</summary>
    /// <param name="name">The beginning of the figures' names.</param>
    /// <param name="review">What is sent.</param>
    /// <param name="throughput">The target for the ratio of throughput; null: none.</param>
    /// <param name="p99">The target for the ratio of the 99th percentile; null: none.</param>
    public async Task<IReadOnlyList<Figure>> RunAsync(string name, RecordedReview review, double? throughput, double? p99)
    {
        await using var floor = await cast.StartFloorAsync();
        await using var floorSide = await Side.OpenAsync(floor, cast.FloorPort, settings.Connections);
        await using var ourSide = await Side.OpenAsync(webhook, cast.WebhookPort, settings.Connections);
        await floorSide.MeasureAsync(review, WarmUp);
        await ourSide.MeasureAsync(review, WarmUp);
        List<(Side.Run Floor, Side.Run Ours)> rounds = [];
        for (var round = 0; round < settings.Rounds; round++)
        {
            // The order changes: whoever comes second may find a machine that is warmer, or busier.
            var duration = TimeSpan.FromSeconds(settings.Seconds);
            var first = round % 2 == 0 ? await floorSide.MeasureAsync(review, duration) : null;
            var ours = await ourSide.MeasureAsync(review, duration);
            rounds.Add((first ?? await floorSide.MeasureAsync(review, duration), ours));
        }

        return
        [
            Of("throughput", "reviews/s", run => run.Load.PerSecond, Better.More, throughput),
            Of("p50", "ms", run => run.Load.P50, Better.Less, null),
            Of("p99", "ms", run => run.Load.P99, Better.Less, p99),
            Of("processor-time", "us/review", run => run.ProcessorTime.TotalMicroseconds / run.Load.Count, Better.Less, null),
        ];

        Figure Of(string what, string unit, Func<Side.Run, double> value, Better better, double? target) =>
            Figure.FromRounds($"{name}/{what}", unit, [.. rounds.Select(round => (value(round.Floor), value(round.Ours)))], better) with { RatioTarget = target };
    }

    /// <summary>One server and the connections to it.</summary>
    private sealed class Side : IAsyncDisposable
    {
        private readonly ServerProcess server;
        private readonly KeepAliveConnection[] connections;

        private Side(ServerProcess server, KeepAliveConnection[] connections)
        {
            this.server = server;
            this.connections = connections;
        }

        public static async Task<Side> OpenAsync(ServerProcess server, int port, int count) =>
            new(server, await Task.WhenAll(Enumerable.Range(0, count).Select(_ => KeepAliveConnection.OpenAsync(port))));

        public async Task<Run> MeasureAsync(RecordedReview review, TimeSpan duration)
        {
            var before = server.ProcessorTime;
            var load = await LoadRun.MeasureAsync(connections, review, duration);
            return new Run(load, server.ProcessorTime - before);
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var connection in connections)
            {
                await connection.DisposeAsync();
            }
        }

        /// <summary>What the driver measured, and the processor time that the server used meanwhile.</summary>
        public sealed record Run(LoadRun Load, TimeSpan ProcessorTime);
    }
}
