namespace Provisioning.Reconciliation;

/// <summary>The terms in which this process leads: begun and ended by the elector, used by the controllers.</summary>
internal sealed class Leadership : ILeadership
{
    private readonly Lock gate = new();
    private readonly HashSet<Task> running = [];
    private TaskCompletionSource<CancellationToken> nextTerm = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationToken? term;
    private long terms;

    public bool IsLeader
    {
        get
        {
            lock (gate)
            {
                return term is { IsCancellationRequested: false };
            }
        }
    }

    public long Term
    {
        get
        {
            lock (gate)
            {
                return terms;
            }
        }
    }

    public async Task WhileLeadingAsync(Func<CancellationToken, Task> work, CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            Task<CancellationToken> next;
            lock (gate)
            {
                next = term is { IsCancellationRequested: false } current ? Task.FromResult(current) : nextTerm.Task;
            }

            try
            {
                await RunAsync(work, await next.WaitAsync(stoppingToken));
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested || next.IsCompletedSuccessfully)
            {
                // Stopping, or the term is over: the loop's condition tells which.
            }
        }
    }

    /// <summary>Begins a term.</summary>
    /// <param name="leading">Cancelled when the term is over.</param>
    public void Begin(CancellationToken leading)
    {
        TaskCompletionSource<CancellationToken> waiting;
        lock (gate)
        {
            term = leading;
            terms++;
            waiting = nextTerm;
            nextTerm = new TaskCompletionSource<CancellationToken>(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        waiting.SetResult(leading);
    }

    /// <summary>Completes when everything that runs now has returned.</summary>
    public Task WhenIdleAsync()
    {
        lock (gate)
        {
            return Task.WhenAll(running);
        }
    }

    private async Task RunAsync(Func<CancellationToken, Task> work, CancellationToken leading)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            // Between the end of a term and this moment the Lease may have been handed over.
            leading.ThrowIfCancellationRequested();
            running.Add(done.Task);
        }

        try
        {
            await work(leading);
        }
        finally
        {
            lock (gate)
            {
                running.Remove(done.Task);
            }

            done.SetResult();
        }
    }
}
