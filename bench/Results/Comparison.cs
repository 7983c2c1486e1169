using System.Globalization;

namespace Bench.Results;

/// <summary>Compares two runs by their ratios: absolute figures of two machines, or of one on two days, have nothing to say.</summary>
internal static class Comparison
{
    /// <summary>The part of a ratio that may be lost: what runs on a shared machine differ by.</summary>
    public const double Tolerance = 0.15;

    /// <summary>Prints what became of every figure of the older run.</summary>
    /// <returns>0; 1 when a ratio lost more than the tolerance, or is not there any more; 2 when a file cannot be compared.</returns>
    public static int Run(string before, string after, TextWriter output)
    {
        try
        {
            var (older, newer) = (BenchmarkResults.Read(before), BenchmarkResults.Read(after));
            if (older.Benchmark != newer.Benchmark)
            {
                output.WriteLine($"compare: {older.Benchmark} cannot be compared with {newer.Benchmark}");
                return 2;
            }

            return Compare(older, newer, output) ? 0 : 1;
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException)
        {
            output.WriteLine($"compare: {exception.Message}");
            return 2;
        }
    }

    private static bool Compare(BenchmarkResults older, BenchmarkResults newer, TextWriter output)
    {
        var isGood = true;
        foreach (var was in older.Figures)
        {
            var now = newer.Figures.SingleOrDefault(figure => figure.Name == was.Name);
            var loss = now is null ? 1 : Loss(was, now);
            var isLost = !(loss <= Tolerance);
            isGood &= !isLost;
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{was.Name,-42} {was.Ratio,7:0.00} -> {now?.Ratio,7:0.00}  {(now is null ? "MISSING" : isLost ? "LOST" : "kept")} {-loss:+0%;-0%;0%}"));
        }

        return isGood;
    }

    private static double Loss(Figure was, Figure now)
    {
        // Nothing, such as no session where there is to be none, has no quotient.
        if (was.Ratio == now.Ratio)
        {
            return 0;
        }

        return was.Better == Better.More ? 1 - (now.Ratio / was.Ratio) : (now.Ratio / was.Ratio) - 1;
    }
}
