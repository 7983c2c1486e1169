using System.Text.Json;
using System.Text.Json.Serialization;

namespace Bench.Results;

/// <summary>What a benchmark leaves behind for machines: <c>bench/results.schema.json</c>.</summary>
/// <param name="Benchmark">Its name, such as <c>admission</c>.</param>
/// <param name="Figures">At least one.</param>
internal sealed record BenchmarkResults(string Benchmark, IReadOnlyList<Figure> Figures)
{
    /// <summary>Goes up when old files mean something else than new ones.</summary>
    public const int CurrentSchemaVersion = 1;

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>The version of the file's form.</summary>
    public int SchemaVersion { get; init; } = CurrentSchemaVersion;

    /// <summary>The processors that all processes of the run shared.</summary>
    public int Processors { get; init; } = Environment.ProcessorCount;

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">It is no such file.</exception>
    public static BenchmarkResults Read(string path)
    {
        try
        {
            var results = JsonSerializer.Deserialize<BenchmarkResults>(File.ReadAllText(path), Options);
            return results is { SchemaVersion: CurrentSchemaVersion, Figures.Count: > 0 }
                ? results
                : throw new InvalidDataException($"{path} has no figures of schema version {CurrentSchemaVersion}.");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{path} does not follow bench/results.schema.json: {exception.Message}", exception);
        }
    }

    /// <summary>The file's text.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Options) + "\n";

    /// <summary>Prints the table for people, below what the run was of, and writes the file for machines.</summary>
    /// <param name="run">What the run was of.</param>
    /// <param name="path">The file; empty: none.</param>
    /// <returns>0; 1 when a target is missed.</returns>
    public async Task<int> ReportAsync(string run, string path)
    {
        Console.WriteLine(run);
        Print(Console.Out);
        if (path.Length > 0)
        {
            await File.WriteAllTextAsync(path, ToJson());
        }

        return Figures.All(figure => figure.IsMet) ? 0 : 1;
    }

    /// <summary>The table for people.</summary>
    public void Print(TextWriter output)
    {
        output.WriteLine($"{"",-42} {"ours",11} {"floor",11} {"",-12} {"ratio",7}");
        foreach (var figure in Figures)
        {
            output.WriteLine(figure);
        }
    }
}
