namespace Webhook.Plugin;

/// <summary>Asks before something is done.</summary>
internal static class Questions
{
    /// <summary>Whether it may be done.</summary>
    /// <param name="terminal">Where to ask.</param>
    /// <param name="question">Without a question mark's rest.</param>
    /// <param name="yes">The person said so in the call.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<bool> AskAsync(Terminal terminal, string question, bool yes, CancellationToken cancellationToken)
    {
        if (yes)
        {
            return true;
        }

        if (!terminal.CanAsk)
        {
            await terminal.Error.WriteLineAsync("Nothing was changed: there is no terminal to ask on, and the call does not say --yes.");
            return false;
        }

        await terminal.Error.WriteAsync($"{question} [y/N] ");
        await terminal.Error.FlushAsync(cancellationToken);
        string? answer;
        try
        {
            // A terminal's read cannot be interrupted; it is left behind.
            answer = await terminal.In.ReadLineAsync(CancellationToken.None).AsTask().WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            await terminal.Error.WriteLineAsync();
            await terminal.Error.WriteLineAsync("Nothing was changed.");
            throw;
        }

        if (answer?.Trim().ToLowerInvariant() is "y" or "yes")
        {
            return true;
        }

        await terminal.Error.WriteLineAsync("Nothing was changed.");
        return false;
    }
}
