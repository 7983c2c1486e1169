using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Webhook.Plugin;

/// <summary>Times on the command line, as kubectl takes them: <c>90s</c>, <c>5m</c>, <c>1h30m</c>, <c>1.5h</c>, <c>250ms</c>; a mere number is seconds. <c>00:10:00</c> works, too.</summary>
internal static partial class Duration
{
    /// <summary>The option with which a command is told how long to look on.</summary>
    public static Option<TimeSpan> TimeoutOption() => new("--timeout")
    {
        Description = "How long to look on, such as 90s or 1h.",
        HelpName = "time",
        CustomParser = Parse,
        DefaultValueFactory = _ => TimeSpan.FromMinutes(10),
    };

    /// <summary>Parses an option's only argument; complains in its result.</summary>
    public static TimeSpan Parse(ArgumentResult argument)
    {
        var text = argument.Tokens.Count == 1 ? argument.Tokens[0].Value : "";
        if (TryParse(text, out var time))
        {
            return time;
        }

        argument.AddError($"'{text}' is not a time such as 90s, 5m or 1h30m.");
        return default;
    }

    /// <summary>Parses a time that is not negative and shorter than a year.</summary>
    public static bool TryParse(string text, out TimeSpan time)
    {
        time = TimeSpan.Zero;
        if (text.Contains(':', StringComparison.Ordinal))
        {
            return TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out time) && IsSensible(time);
        }

        var match = Units().Match(text);
        if (!match.Success)
        {
            return false;
        }

        var seconds = 0.0;
        foreach (var (number, unit) in match.Groups["number"].Captures.Zip(match.Groups["unit"].Captures))
        {
            seconds += double.Parse(number.ValueSpan, CultureInfo.InvariantCulture) * unit.Value switch
            {
                "h" => 3600,
                "m" => 60,
                "ms" => 0.001,
                _ => 1,
            };
        }

        if (seconds >= TimeSpan.FromDays(365).TotalSeconds)
        {
            return false;
        }

        time = TimeSpan.FromSeconds(seconds);
        return true;
    }

    private static bool IsSensible(TimeSpan time) => time >= TimeSpan.Zero && time < TimeSpan.FromDays(365);

    [GeneratedRegex(@"\A((?<number>[0-9]{1,9}(\.[0-9]{1,9})?)(?<unit>h|ms|m|s))+\z|\A(?<number>[0-9]{1,9})(?<unit>)\z", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Units();
}
