using System.Globalization;
using System.Text.Json.Nodes;
using Bench.Load;
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
            if (IsMeant("load"))
            {
                figures.AddRange(await MeasureLoadAsync(cast, settings));
            }

            if (IsMeant("start"))
            {
                figures.Add(await StartMeasurement.RunAsync(cast, settings.Rounds));
            }

            if (IsMeant("memory"))
            {
                figures.AddRange(await MemoryMeasurement.RunAsync(cast, settings.Reviews, Small(settings)));
            }
        }

        var results = new BenchmarkResults("admission", figures);
        results.Print(Console.Out);
        if (settings.Output.Length > 0)
        {
            await File.WriteAllTextAsync(settings.Output, results.ToJson());
        }

        return figures.All(figure => figure.IsMet) ? 0 : 1;

        bool IsMeant(string part) => only.Length == 0 || only.Contains(part, StringComparer.Ordinal);
    }

    private static RecordedReview Small(AdmissionSettings settings) => Read(settings, "datasource-create.json", "/validate");

    private static async Task<List<Figure>> MeasureLoadAsync(Cast cast, AdmissionSettings settings)
    {
        var small = Small(settings);
        var large = Read(settings, "helmrelease-create-288kb.json", "/mutate");
        List<Figure> figures = [];
        await using (var alone = await cast.StartWebhookAsync(asksForAccess: false))
        {
            var pair = new LoadComparison(cast, alone, settings);
            figures.AddRange(await pair.RunAsync("datasource", small, throughput: 0.75, p99: 1.5));
            figures.AddRange(await pair.RunAsync("helmrelease-288kb", large, throughput: 0.7, p99: null));
        }

        await using (var asking = await cast.StartWebhookAsync(asksForAccess: true))
        {
            var pair = new LoadComparison(cast, asking, settings);
            var before = await cast.CountAsync();
            figures.AddRange(await pair.RunAsync("datasource-with-access-reviews", small, throughput: 0.5, p99: null));
            figures.AddRange(await pair.RunAsync("helmrelease-288kb-of-a-cluster", OfCluster(settings), throughput: null, p99: null));
            var after = await cast.CountAsync();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"connections to the API server: {after.Connections} for {after.Questions - before.Questions} questions"));
            figures.Add(new Figure("api-server/connections-per-1000-questions", "connections", Per1000(after.Connections), 1, Better.Less)
            {
                Ratio = Per1000(after.Connections),
                Target = 1,
            });

            double Per1000(long connections) => connections * 1000.0 / (after.Questions - before.Questions);
        }

        return figures;
    }

    private static RecordedReview Read(AdmissionSettings settings, string file, string path) => RecordedReview.Create(path, Parse(settings, file));

    // The recorded release belongs to nobody. This one belongs to the ClusterDeployment that the stub knows.
    private static RecordedReview OfCluster(AdmissionSettings settings)
    {
        var review = Parse(settings, "helmrelease-create-288kb.json");
        review["request"]!["object"]!["metadata"]!["ownerReferences"] = new JsonArray(new JsonObject
        {
            ["apiVersion"] = "k0rdent.mirantis.com/v1beta1",
            ["kind"] = "ClusterDeployment",
            ["name"] = "big",
            ["uid"] = "6f2b6a5e-0000-4000-8000-000000000001",
        });
        return RecordedReview.Create("/mutate", review);
    }

    private static JsonNode Parse(AdmissionSettings settings, string file) => JsonNode.Parse(File.ReadAllBytes(Path.Combine(settings.Fixtures, file)))!;
}
