using Provisioning.Inspection;
using Provisioning.Kubernetes;
using Spectre.Console;

namespace Webhook.Plugin;

/// <summary>Shows how far a request is until it is done: moving where a person looks on, else a line for each change.</summary>
/// <param name="terminal">Where.</param>
/// <param name="timeout">How long.</param>
/// <param name="cluster">Whose request it is.</param>
internal sealed class Following(Terminal terminal, TimeSpan timeout, NamespacedName cluster)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private int shown;
    private string? last;

    /// <summary>Follows, to the end, the timeout or an interruption.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(Func<CancellationToken, Task<RequestProgress>> look, CancellationToken cancellationToken)
    {
        try
        {
            if (await DrawAsync(look, cancellationToken))
            {
                return PluginCommand.Done;
            }

            await LeaveAsync($"Not done within {timeout}");
            return PluginCommand.Failed;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await LeaveAsync("No longer looked on");
            return PluginCommand.Interrupted;
        }
    }

    // By now the terminal is as it was: nothing is drawn any more.
    private async Task LeaveAsync(string why)
    {
        await terminal.Out.FlushAsync(CancellationToken.None);
        await terminal.Error.WriteLineAsync($"{why}: waits for {last ?? "the controller"}.");
        await terminal.Error.WriteLineAsync($"It was asked for, and the controllers go on without this command. How far it is: kubectl datasource status {cluster.Name} -n {cluster.Namespace}");
    }

    private async Task<bool> DrawAsync(Func<CancellationToken, Task<RequestProgress>> look, CancellationToken cancellationToken)
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

    private async Task<bool> FollowAsync(
        Func<CancellationToken, Task<RequestProgress>> look, IAnsiConsole console, Action<string> showWait, CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
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
                return true;
            }

            if (waitsFor != last)
            {
                last = waitsFor;
                showWait(waitsFor);
            }

            if (TimeProvider.System.GetElapsedTime(start) > timeout)
            {
                return false;
            }

            await Task.Delay(Interval, cancellationToken);
        }
    }
}
