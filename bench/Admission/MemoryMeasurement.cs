using Bench.Load;
using Bench.Results;
using Bench.Servers;

namespace Bench.Admission;

/// <summary>Measures the resident memory of a process in both roles: when it has nothing to do, and after many reviews.</summary>
internal static class MemoryMeasurement
{
    // What start-up has left behind is collected, and the first timers have run.
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(5);
    private const int Connections = 50;

    /// <summary>Sends the reviews, in thirds, to the floor and to the webhook.</summary>
    public static async Task<IReadOnlyList<Figure>> RunAsync(Cast cast, int reviews, RecordedReview review)
    {
        var floor = await ReadAsync(await cast.StartFloorAsync(), cast.FloorPort, reviews, review);
        var ours = await ReadAsync(await cast.StartWebhookAsync(asksForAccess: true, provisions: true), cast.WebhookPort, reviews, review);
        return
        [
            Of("memory/idle", floor[0], ours[0]) with { Target = 110 },
            Of($"memory/after-{reviews / 3}", floor[1], ours[1]),
            Of($"memory/after-{reviews}", floor[3], ours[3]) with { Target = 200 },

            // Growth: the last reading beside the first one under load, of the same process.
            Of("memory/growth", ours[1], ours[3]) with { RatioTarget = 1.05 },
        ];

        static Figure Of(string name, double floor, double ours) => new(name, "MiB", ours, floor, Better.Less) { Ratio = ours / floor };
    }

    private static async Task<double[]> ReadAsync(ServerProcess server, int port, int reviews, RecordedReview review)
    {
        await using (server)
        {
            await Task.Delay(Idle);
            List<double> readings = [server.ResidentMebibytes];
            var connections = await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => KeepAliveConnection.OpenAsync(port)));
            for (var third = 0; third < 3; third++)
            {
                await LoadRun.SendAsync(connections, review, reviews / 3);
                readings.Add(server.ResidentMebibytes);
            }

            foreach (var connection in connections)
            {
                await connection.DisposeAsync();
            }

            return [.. readings];
        }
    }
}
