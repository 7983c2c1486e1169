using Bench.Results;

namespace Bench.Admission;

/// <summary>Measures how long it takes from the start of the process to its first readiness.</summary>
internal static class StartMeasurement
{
    /// <summary>Starts the floor and the webhook in turn.</summary>
    public static async Task<Figure> RunAsync(Cast cast, int rounds)
    {
        List<(double Floor, double Ours)> times = [];
        for (var round = 0; round < rounds; round++)
        {
            await using var floor = await cast.StartFloorAsync();
            await using var webhook = await cast.StartWebhookAsync(asksForAccess: true, provisions: true);
            times.Add((floor.StartedWithin.TotalMilliseconds, webhook.StartedWithin.TotalMilliseconds));
        }

        return Figure.FromRounds("start/ready", "ms", times, Better.Less) with { Target = 1000 };
    }
}
