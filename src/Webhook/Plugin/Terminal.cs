using Spectre.Console;

namespace Webhook.Plugin;

/// <summary>Where the plugin reads and writes, and how.</summary>
/// <param name="In">Answers to questions.</param>
/// <param name="Out">The result.</param>
/// <param name="Error">Mistakes, questions and progress.</param>
internal sealed record Terminal(TextReader In, TextWriter Out, TextWriter Error)
{
    /// <summary>A person reads <see cref="Out"/>. Default: what the process's own stream is.</summary>
    public bool ShowsToPerson { get; init; } = !Console.IsOutputRedirected;

    /// <summary>A person can answer. Default: what the process's own streams are.</summary>
    public bool CanAsk { get; init; } = !Console.IsInputRedirected && !Console.IsErrorRedirected;

    /// <summary>Colours are wanted: by default where a person reads, unless <c>NO_COLOR</c> is set (no-color.org) or the terminal is dumb.</summary>
    public bool IsColored { get; init; } = !Console.IsOutputRedirected
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        && Environment.GetEnvironmentVariable("TERM") != "dumb";

    /// <summary>Whether what is drawn on <see cref="Out"/> may have styles and move the cursor.</summary>
    public bool IsStyled => ShowsToPerson && IsColored;

    /// <summary>What draws trees and progress on <see cref="Out"/>. Nothing with a style is for it unless <see cref="IsStyled"/>.</summary>
    public IAnsiConsole CreateConsole()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            // Without it Spectre would set the colours of the process's console, whatever Out is.
            Ansi = AnsiSupport.Yes,
            ColorSystem = IsStyled ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = IsStyled ? InteractionSupport.Yes : InteractionSupport.No,
            Out = new AnsiConsoleOutput(Out),
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
        });
        console.Profile.Capabilities.Unicode = true;
        if (!ShowsToPerson)
        {
            // A pipe has no width: lines are for grep.
            console.Profile.Width = short.MaxValue;
        }

        return console;
    }
}
