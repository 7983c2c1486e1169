using Provisioning.Inspection;
using Spectre.Console;

namespace Webhook.Plugin;

/// <summary>Shows how far a request is until it is done: moving where a person looks on, else a line for each change.</summary>
/// <param name="terminal">Where.</param>
/// <param name="timeout">How long.</param>
internal sealed class Following(Terminal terminal, TimeSpan timeout)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private int shown;

    /// <summary>Follows.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(Func<CancellationToken, Task<RequestProgress>> look, CancellationToken cancellationToken)
    {
        var console = terminal.CreateConsole();
        if (!terminal.IsStyled)
        {
            return await FollowAsync(look, console, waitsFor => console.WriteLine($"… waits for {waitsFor}"), cancellationToken);
        }

        return await console.Status().Spinner(Spinner.Known.Dots).StartAsync(
            "waits for the controller",
            context => FollowAsync(look, console, waitsFor => context.Status($"waits for {Markup.Escape(waitsFor)}"), cancellationToken));
    }

    private async Task<int> FollowAsync(
        Func<CancellationToken, Task<RequestProgress>> look, IAnsiConsole console, Action<string> showWait, CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        string? last = null;
        while (true)
        {
            var progress = await look(cancellationToken);
            foreach (var step in progress.Done.Skip(shown))
            {
                console.Write(new Paragraph("✓", terminal.IsStyled ? new Style(Color.Green) : null).Append($" {step}\n"));
            }

            shown = Math.Max(shown, progress.Done.Count);
            if (progress.WaitsFor is not { } waitsFor)
            {
                return PluginCommand.Done;
            }

            if (TimeProvider.System.GetElapsedTime(start) > timeout)
            {
                await terminal.Error.WriteLineAsync($"Not done within {timeout}: waits for {waitsFor}. It goes on without this command.");
                return PluginCommand.Failed;
            }

            if (waitsFor != last)
            {
                showWait(waitsFor);
                last = waitsFor;
            }

            await Task.Delay(Interval, cancellationToken);
        }
    }
}
