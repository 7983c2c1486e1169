namespace Webhook.Authorization;

/// <summary>
/// Asks a question once for all who wait for its answer. Nobody is given an answer to a question that was sent before they came: whoever
/// comes while it is on its way waits for the next, together with all who came since. So what was revoked before somebody asked is never
/// allowed to them, as it could be by a cache. Safe for concurrent use.
/// </summary>
/// <param name="ask">Sends a question. Its token ends when nobody waits for the answer any more.</param>
internal sealed class SharedQuestions<TQuestion, TAnswer>(Func<TQuestion, CancellationToken, Task<TAnswer>> ask)
    where TQuestion : notnull
{
    private readonly Lock gate = new();
    private readonly Dictionary<TQuestion, Line> lines = [];

    /// <summary>Asks, alone or with others.</summary>
    /// <exception cref="OperationCanceledException">The token has ended; others go on waiting.</exception>
    public async Task<TAnswer> AskAsync(TQuestion question, CancellationToken cancellationToken)
    {
        var (line, round, isNew) = Join(question);
        if (isNew)
        {
            _ = RunAsync(question, line);
        }

        try
        {
            return await round.Answer.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            Leave(line, round);
        }
    }

    private (Line Line, Round Round, bool IsNew) Join(TQuestion question)
    {
        lock (gate)
        {
            var isNew = !lines.TryGetValue(question, out var line);
            if (line is null)
            {
                line = new Line();
                lines.Add(question, line);
            }

            var round = isNew ? line.OnItsWay : line.Next ??= new Round();
            round.Waiting++;
            return (line, round, isNew);
        }
    }

    private void Leave(Line line, Round round)
    {
        lock (gate)
        {
            if (--round.Waiting > 0 || round.Answer.Task.IsCompleted)
            {
                return;
            }

            if (line.Next == round)
            {
                line.Next = null;
            }
        }

        // Only a round that is on its way gets here with somebody to tell: nobody can join that.
        round.Abandonment.Cancel();
    }

    // Never fails: what goes wrong is told to those who wait.
    private async Task RunAsync(TQuestion question, Line line)
    {
        do
        {
            var round = line.OnItsWay;
            try
            {
                round.Answer.SetResult(await ask(question, round.Abandonment.Token));
            }
            catch (Exception exception)
            {
                round.Answer.SetException(exception);

                // Looked at, in case that all of them have gone.
                _ = round.Answer.Task.Exception;
            }
        }
        while (Continues(question, line));
    }

    private bool Continues(TQuestion question, Line line)
    {
        lock (gate)
        {
            if (line.Next is not { } next)
            {
                lines.Remove(question);
                return false;
            }

            (line.OnItsWay, line.Next) = (next, null);
            return true;
        }
    }

    /// <summary>The round that has been sent, and those who wait for the one after it.</summary>
    private sealed class Line
    {
        public Round OnItsWay { get; set; } = new();

        public Round? Next { get; set; }
    }

    /// <summary>One question that is sent once, and who waits for it.</summary>
    private sealed class Round
    {
        public TaskCompletionSource<TAnswer> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public CancellationTokenSource Abandonment { get; } = new();

        public int Waiting { get; set; }
    }
}
