using Bench.Results;

namespace Bench.Admission;

/// <summary>Measures the webhook beside the floor: throughput, latencies, start and memory.</summary>
internal static class AdmissionBenchmark
{
    /// <summary>Runs everything and prints it.</summary>
    /// <returns>0; 1 when a target is missed.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var configuration = new ConfigurationBuilder().AddCommandLine(args).Build();
        var settings = configuration.Get<AdmissionSettings>() ?? throw new ArgumentException("No arguments.", nameof(args));
        var cast = new Cast(settings);
        var only = settings.Only.Split(',', StringSplitOptions.RemoveEmptyEntries);
        List<Figure> figures = [];
        await using (await cast.StartApiServerAsync())
        {
            foreach (var (part, measure) in LoadMeasurements.All)
            {
                if (IsMeant("load") || IsMeant(part))
                {
                    figures.AddRange(await measure(cast, settings));
                }
            }

            if (IsMeant("start"))
            {
                figures.Add(await StartMeasurement.RunAsync(cast, settings.Rounds));
            }

            if (IsMeant("memory"))
            {
                figures.AddRange(await MemoryMeasurement.RunAsync(cast, settings.Reviews, BenchReviews.DataSource(settings)));
            }
        }

        return await new BenchmarkResults("admission", figures).ReportAsync(
            $"{settings.Rounds} rounds of {settings.Seconds} s, {settings.Connections} connections", settings.Output);

        bool IsMeant(string part) => only.Length == 0 || only.Contains(part, StringComparer.Ordinal);
    }
}
