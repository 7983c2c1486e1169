using System.Text.Json.Nodes;
using Bench.Results;

namespace Webhook.Tests.Benchmarks;

/// <summary>The results that are kept for <c>bench/compare.sh</c> follow their schema: one that does not would be found when somebody wants to compare.</summary>
public sealed class ResultsTests
{
    private static readonly string Folder = Repository.Path("bench/results");
    private static readonly JsonNode Schema = JsonNode.Parse(File.ReadAllText(Repository.Path("bench/results.schema.json")))!;

    public static TheoryData<string> Kept => [.. Directory.GetFiles(Folder).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Kept))]
    public void What_is_kept_follows_the_schema_and_can_be_compared(string file)
    {
        var path = Path.Combine(Folder, file);

        Assert.Empty(ResultsSchema.Violations(Schema, JsonNode.Parse(File.ReadAllText(path))));

        var results = BenchmarkResults.Read(path);
        Assert.Equal($"{results.Benchmark}.json", file);
        Assert.Equal(results.Figures.Count, results.Figures.Select(figure => figure.Name).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(0, Comparison.Run(path, path, TextWriter.Null));
    }

    [Fact]
    public void The_results_of_admission_are_kept() => Assert.Contains("admission.json", Kept.Select(row => row.Data));

    [Fact]
    public void What_a_benchmark_writes_follows_the_schema()
    {
        var figure = new Figure("datasource/throughput", "reviews/s", 8000, 10000, Better.More) { Ratio = 0.8, RatioTarget = 0.75 };

        Assert.Empty(ResultsSchema.Violations(Schema, JsonNode.Parse(new BenchmarkResults("admission", [figure]).ToJson())));
    }

    [Theory]
    [InlineData("""[]""", "$ is no object")]
    [InlineData("""{"benchmark":"a","figures":[],"schemaVersion":1,"processors":2}""", "$.figures has less than 1 items")]
    [InlineData("""{"benchmark":1,"figures":[FIGURE],"schemaVersion":1,"processors":2}""", "$.benchmark is no string")]
    [InlineData("""{"benchmark":"a","figures":[FIGURE],"schemaVersion":2,"processors":2}""", "$.schemaVersion is not 1")]
    [InlineData("""{"benchmark":"a","figures":[FIGURE],"schemaVersion":1,"processors":0}""", "$.processors is less than 1")]
    [InlineData("""{"benchmark":"a","figures":[FIGURE],"schemaVersion":1,"processors":1.5}""", "$.processors is no integer")]
    [InlineData("""{"benchmark":"a","figures":[FIGURE],"schemaVersion":1}""", "$.processors is missing")]
    [InlineData("""{"benchmark":"a","figures":[FIGURE],"schemaVersion":1,"processors":2,"machine":"b"}""", "$.machine is not known")]
    [InlineData("""{"benchmark":"a","figures":[FIGURE,{"name":"a","unit":"b","ours":1,"floor":1,"better":"most"}],"schemaVersion":1,"processors":2}""", "$.figures[1].ratio is missing", """$.figures[1].better is none of ["more","less"]""")]
    public void What_does_not_follow_it_is_told_by_its_place(string document, params string[] violations) =>
        Assert.Equal(
            violations.Order(StringComparer.Ordinal),
            ResultsSchema.Violations(Schema, JsonNode.Parse(document.Replace("FIGURE", """{"name":"a","unit":"b","ours":1,"floor":1,"better":"more","ratio":1}""", StringComparison.Ordinal)))
                .Order(StringComparer.Ordinal));
}
