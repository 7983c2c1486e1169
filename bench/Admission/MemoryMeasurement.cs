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

    // The collector takes memory in regions of 4 MiB, so one process differs from the next by a few of them.
    private const int Processes = 3;

    /// <summary>Sends the reviews, in thirds, to a floor and to a webhook, and so on in turn; the figures are medians.</summary>
    public static async Task<IReadOnlyList<Figure>> RunAsync(Cast cast, int reviews, RecordedReview review)
    {
        List<(double[] Floor, double[] Ours)> rounds = [];
        for (var process = 0; process < Processes; process++)
        {
            var floor = await ReadAsync(await cast.StartFloorAsync(), cast.FloorPort, reviews, review);
            rounds.Add((floor, await ReadAsync(await cast.StartWebhookAsync(asksForAccess: true, provisions: true), cast.WebhookPort, reviews, review)));
        }

        return
        [
            Of("memory/idle", reading: 0) with { Target = 110 },
            Of($"memory/after-{reviews / 3}", reading: 1),
            Of($"memory/after-{reviews}", reading: 3) with { Target = 200 },

            // Growth: the last reading beside the first one under load, of the same process.
            Figure.FromRounds("memory/growth", "MiB", [.. rounds.Select(round => (round.Ours[1], round.Ours[3]))], Better.Less) with { RatioTarget = 1.05 },
        ];

        Figure Of(string name, int reading) =>
            Figure.FromRounds(name, "MiB", [.. rounds.Select(round => (round.Floor[reading], round.Ours[reading]))], Better.Less);
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

                // A third comes within seconds, and the compiler falls behind: without the rest it would be measured how far it got meanwhile.
                await server.RestAsync();
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
