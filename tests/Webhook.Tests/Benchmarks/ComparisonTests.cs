using System.Text.Json.Nodes;
using Bench.Results;

namespace Webhook.Tests.Benchmarks;

/// <summary>What <c>bench/compare.sh</c> says of two runs: a slower webhook must not pass as noise, nor noise as a slower webhook.</summary>
public sealed class ComparisonTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("comparison-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(0.86, 1.14, 0)]
    [InlineData(1.50, 0.50, 0)]
    [InlineData(0.84, 1.00, 1)]
    [InlineData(1.00, 1.16, 1)]
    public void Fails_on_a_loss_of_more_than_15_percent_in_a_ratio(double throughput, double latency, int exitCode)
    {
        var before = Write("before", Throughput(0.8), Latency(1.2));
        var after = Write("after", Throughput(0.8 * throughput), Latency(1.2 * latency));

        Assert.Equal(exitCode, Run(before, after).ExitCode);
    }

    [Fact]
    public void Absolute_figures_of_another_machine_are_no_loss()
    {
        var before = Write("before", Throughput(0.8));
        var after = Write("after", Throughput(0.8) with { Ours = 80, Floor = 100 });

        Assert.Equal(0, Run(before, after).ExitCode);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.01, 1)]
    public void Nothing_that_stays_nothing_is_no_loss(double latency, int exitCode) =>
        Assert.Equal(exitCode, Run(Write("before", Latency(0)), Write("after", Latency(latency))).ExitCode);

    [Fact]
    public void A_figure_that_is_not_there_any_more_is_a_loss()
    {
        var (exitCode, output) = Run(Write("before", Throughput(0.8), Latency(1.2)), Write("after", Throughput(0.8)));

        Assert.Equal(1, exitCode);
        Assert.Contains("MISSING", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("nothing")]
    [InlineData("""{"benchmark":"admission","figures":[],"schemaVersion":1,"processors":2}""")]
    [InlineData("""{"benchmark":"admission","figures":[{"name":"a","unit":"b","ours":1,"floor":1,"better":"more","ratio":1}],"schemaVersion":2,"processors":2}""")]
    [InlineData("""{"benchmark":"admission","figures":[{"name":"a","unit":"b","ours":1,"floor":1,"better":"more"}],"schemaVersion":1,"processors":2}""")]
    public void What_does_not_follow_the_schema_is_not_compared(string text)
    {
        var broken = Path.Combine(folder, "broken.json");
        File.WriteAllText(broken, text);

        Assert.Equal(2, Run(Write("good", Throughput(0.8)), broken).ExitCode);
        Assert.Equal(2, Run(Path.Combine(folder, "absent.json"), broken).ExitCode);
    }

    [Fact]
    public void Runs_of_different_benchmarks_are_not_compared()
    {
        var other = Path.Combine(folder, "other.json");
        File.WriteAllText(other, new BenchmarkResults("provisioning", [Throughput(0.8)]).ToJson());

        Assert.Equal(2, Run(Write("good", Throughput(0.8)), other).ExitCode);
    }

    [Fact]
    public void The_schema_has_the_properties_that_are_written_and_no_others()
    {
        var schema = JsonNode.Parse(File.ReadAllText(Repository.Path("bench/results.schema.json")))!;
        var written = JsonNode.Parse(new BenchmarkResults("admission", [Throughput(0.8) with { RatioTarget = 0.75, Target = 1 }]).ToJson())!;

        Assert.Equal(Names(schema["properties"]), Names(written));
        Assert.Equal(Names(schema["properties"]!["figures"]!["items"]!["properties"]), Names(written["figures"]![0]));
        Assert.Equal(BenchmarkResults.CurrentSchemaVersion, (int)schema["properties"]!["schemaVersion"]!["const"]!);

        static IEnumerable<string> Names(JsonNode? node) => node!.AsObject().Select(property => property.Key).Order(StringComparer.Ordinal);
    }

    [Theory]
    [InlineData(0.75, true, true)]
    [InlineData(0.74, true, false)]
    [InlineData(0.75, false, true)]
    [InlineData(0.76, false, false)]
    public void A_target_is_met_when_the_ratio_reaches_it(double ratio, bool isBetterWhenMore, bool isMet) =>
        Assert.Equal(isMet, (Throughput(ratio) with { Better = isBetterWhenMore ? Better.More : Better.Less, RatioTarget = 0.75 }).IsMet);

    [Fact]
    public void A_figure_is_the_median_of_its_rounds_and_of_their_ratios()
    {
        var figure = Figure.FromRounds("a", "ms", [(10, 10), (10, 30), (20, 10)], Better.Less);

        Assert.Equal((10, 10, 1), (figure.Ours, figure.Floor, figure.Ratio));
    }

    private static Figure Throughput(double ratio) => new("datasource/throughput", "reviews/s", 8000, 10000, Better.More) { Ratio = ratio };

    private static Figure Latency(double ratio) => new("datasource/p99", "ms", 12, 10, Better.Less) { Ratio = ratio };

    private static (int ExitCode, string Output) Run(string before, string after)
    {
        using var output = new StringWriter();
        return (Comparison.Run(before, after, output), output.ToString());
    }

    private string Write(string name, params Figure[] figures)
    {
        var path = Path.Combine(folder, $"{name}.json");
        File.WriteAllText(path, new BenchmarkResults("admission", figures).ToJson());
        return path;
    }
}
