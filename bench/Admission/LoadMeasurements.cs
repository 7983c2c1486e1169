using System.Globalization;
using Bench.Results;

namespace Bench.Admission;

/// <summary>The parts of the load: each starts a webhook of its own.</summary>
internal static class LoadMeasurements
{
    /// <summary>By the name under which <c>--only</c> knows them, in the order in which they run.</summary>
    public static IReadOnlyList<(string Part, Func<Cast, AdmissionSettings, Task<IReadOnlyList<Figure>>> Measure)> All { get; } =
        [("datasource", MeasureDataSourceAsync), ("helmrelease", MeasureHelmReleaseAsync), ("access-reviews", MeasureAccessReviewsAsync)];

    private static async Task<IReadOnlyList<Figure>> MeasureDataSourceAsync(Cast cast, AdmissionSettings settings)
    {
        await using var webhook = await cast.StartWebhookAsync(asksForAccess: false);
        return await new LoadComparison(cast, webhook, settings).RunAsync("datasource", BenchReviews.DataSource(settings), throughput: 0.75, p99: 1.5);
    }

    private static async Task<IReadOnlyList<Figure>> MeasureHelmReleaseAsync(Cast cast, AdmissionSettings settings)
    {
        await using var webhook = await cast.StartWebhookAsync(asksForAccess: false);
        var pair = new LoadComparison(cast, webhook, settings);
        return
        [
            .. await pair.RunAsync("helmrelease-288kb", BenchReviews.HelmRelease(settings), throughput: 0.7, p99: null),
            .. await pair.RunAsync("helmrelease-288kb-of-a-cluster", BenchReviews.HelmReleaseOfCluster(settings), throughput: null, p99: null),
        ];
    }

    private static async Task<IReadOnlyList<Figure>> MeasureAccessReviewsAsync(Cast cast, AdmissionSettings settings)
    {
        await using var webhook = await cast.StartWebhookAsync(asksForAccess: true);
        var pair = new LoadComparison(cast, webhook, settings);
        var before = await cast.CountAsync();
        var figures = new List<Figure>();
        figures.AddRange(await pair.RunAsync("datasource-with-access-reviews", BenchReviews.DataSource(settings), throughput: 0.5, p99: null));
        figures.AddRange(await pair.RunAsync("datasource-with-own-access-reviews", BenchReviews.DataSourceWithOwnSecrets(settings), throughput: null, p99: null));
        var after = await cast.CountAsync();
        var questions = after.Questions - before.Questions;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"connections to the API server: {after.Connections} for {questions} questions"));

        // One would do; a new one for each thousand questions would not be reuse.
        figures.Add(new Figure("api-server/connections", "connections", after.Connections, 1, Better.Less) { Ratio = after.Connections, Target = questions / 1000.0 });
        return figures;
    }
}
