using System.Buffers;
using System.Globalization;

namespace Webhook.Admission;

/// <summary>Durations as Go writes them (<c>time.Duration.String</c>): <c>5s</c>, <c>1m30s</c>, <c>1.5s</c>, <c>250ms</c>.</summary>
internal static class GoDuration
{
    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    /// <summary>Reads a positive duration; false when it is none.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        duration = default;
        var seconds = 0d;
        if (text.IsEmpty)
        {
            return false;
        }

        while (!text.IsEmpty)
        {
            var digits = text.IndexOfAnyExcept(NumberCharacters);
            if (digits <= 0 || !double.TryParse(text[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count))
            {
                return false;
            }

            text = text[digits..];
            var letters = text.IndexOfAny(NumberCharacters);
            var unit = letters < 0 ? text : text[..letters];
            text = text[unit.Length..];
            var factor = unit switch
            {
                "ns" => 1e-9,
                "us" or "µs" or "μs" => 1e-6,
                "ms" => 1e-3,
                "s" => 1,
                "m" => 60,
                "h" => 3600,
                _ => 0,
            };
            seconds += count * factor;
            if (factor == 0 || seconds > TimeSpan.FromDays(1).TotalSeconds)
            {
                return false;
            }
        }

        duration = TimeSpan.FromTicks((long)Math.Round(seconds * TimeSpan.TicksPerSecond));
        return duration > TimeSpan.Zero;
    }
}
