using System.Globalization;
using System.Text.Json.Serialization;

namespace Bench.Results;

/// <summary>One measured figure, beside the same figure of the floor in the same run.</summary>
/// <param name="Name">Unique within a benchmark, such as <c>datasource/throughput</c>.</param>
/// <param name="Unit">Such as <c>reviews/s</c>.</param>
/// <param name="Ours">What was measured here.</param>
/// <param name="Floor">What the floor measured.</param>
/// <param name="Better">Whether more or less of it is better.</param>
internal sealed record Figure(string Name, string Unit, double Ours, double Floor, Better Better)
{
    /// <summary><see cref="Ours"/> divided by <see cref="Floor"/>: the median over the rounds, which is not the quotient of the medians.</summary>
    public required double Ratio { get; init; }

    /// <summary>What the ratio must reach (<see cref="Results.Better.More"/>) or stay within (<see cref="Results.Better.Less"/>); null: no demand.</summary>
    public double? RatioTarget { get; init; }

    /// <summary>The same for <see cref="Ours"/>, for figures in units that mean the same on every machine, such as MiB; null: no demand.</summary>
    public double? Target { get; init; }

    /// <summary>Whether it is as it must be.</summary>
    [JsonIgnore]
    public bool IsMet => Reaches(Ratio, RatioTarget) && Reaches(Ours, Target);

    /// <summary>One figure of several rounds, floor and ours in turn.</summary>
    public static Figure FromRounds(string name, string unit, IReadOnlyList<(double Floor, double Ours)> rounds, Better better) =>
        new(name, unit, Median(rounds.Select(round => round.Ours)), Median(rounds.Select(round => round.Floor)), better)
        {
            Ratio = Median(rounds.Select(round => round.Ours / round.Floor)),
        };

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Name,-42} {Ours,11:0.00} {Floor,11:0.00} {Unit,-12} {Ratio,7:0.00}  {Demand()}");

    private string Demand()
    {
        var limit = RatioTarget ?? Target;
        return limit is null
            ? ""
            : $"{(IsMet ? "met" : "MISSED")}: {(RatioTarget is null ? Unit : "ratio")} {(Better == Better.More ? ">=" : "<=")} {limit:0.##}";
    }

    private bool Reaches(double value, double? target) => target is null || (Better == Better.More ? value >= target : value <= target);

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        var middle = sorted.Count / 2;
        return sorted.Count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}

/// <summary>Whether more or less of a figure is better.</summary>
internal enum Better
{
    /// <summary>Throughput.</summary>
    More,

    /// <summary>Time, memory.</summary>
    Less,
}
