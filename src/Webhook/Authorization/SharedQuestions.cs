namespace Webhook.Authorization;

/// <summary>
/// Asks a question once for all who wait for its answer. Nobody is given an answer to a question that was sent before they came: whoever
/// comes while as many as may be are on their way waits for the next, together with all who came since. So what was revoked before somebody
/// asked is never allowed to them, as it could be by a cache. Safe for concurrent use.
/// </summary>
/// <param name="ask">Sends a question. Its token ends when nobody waits for the answer any more.</param>
/// <param name="atATime">How many equal questions may be on their way: with more, fewer are shared and nobody waits for long.</param>
internal sealed class SharedQuestions<TQuestion, TAnswer>(Func<TQuestion, CancellationToken, Task<TAnswer>> ask, int atATime)
    where TQuestion : notnull
{
    private readonly Lock gate = new();
    private readonly Dictionary<TQuestion, Line> lines = [];

    /// <summary>Asks, alone or with others.</summary>
    /// <exception cref="OperationCanceledException">The token has ended; others go on waiting.</exception>
    public async Task<TAnswer> AskAsync(TQuestion question, CancellationToken cancellationToken)
    {
        var (line, round, goesAtOnce) = Join(question);
        if (goesAtOnce)
        {
            _ = RunAsync(question, line, round);
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

    private (Line Line, Round Round, bool GoesAtOnce) Join(TQuestion question)
    {
        lock (gate)
        {
            if (!lines.TryGetValue(question, out var line))
            {
                lines.Add(question, line = new Line());
            }

            var goesAtOnce = line.OnTheirWay < atATime;
            var round = goesAtOnce ? new Round() : line.Next ??= new Round();
            line.OnTheirWay += goesAtOnce ? 1 : 0;
            round.Waiting++;
            return (line, round, goesAtOnce);
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
    private async Task RunAsync(TQuestion question, Line line, Round first)
    {
        for (var round = first; round is not null; round = TakeNext(question, line))
        {
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
    }

    private Round? TakeNext(TQuestion question, Line line)
    {
        lock (gate)
        {
            var next = line.Next;
            line.Next = null;
            line.OnTheirWay -= next is null ? 1 : 0;
            if (line.OnTheirWay == 0)
            {
                lines.Remove(question);
            }

            return next;
        }
    }

    /// <summary>How many rounds have been sent and not been answered, and those who wait for the one after them.</summary>
    private sealed class Line
    {
        public int OnTheirWay { get; set; }

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
