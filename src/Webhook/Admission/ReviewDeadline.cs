namespace Webhook.Admission;

/// <summary>When the answer to one call is due, and whether somebody still waits for it.</summary>
internal sealed class ReviewDeadline : IDisposable
{
    private readonly CancellationTokenSource timer;
    private readonly CancellationTokenSource either;

    public ReviewDeadline(TimeSpan timeout, TimeProvider time, CancellationToken requestAborted)
    {
        Timeout = timeout;
        Started = time.GetTimestamp();
        timer = new CancellationTokenSource(timeout, time);
        either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, requestAborted);
    }

    /// <summary>The time there was at the start.</summary>
    public TimeSpan Timeout { get; }

    /// <summary>The timestamp of the start.</summary>
    public long Started { get; }

    /// <summary>Canceled when the time is over or the caller has gone.</summary>
    public CancellationToken Token => either.Token;

    /// <summary>The time is over.</summary>
    public bool HasPassed => timer.IsCancellationRequested;

    /// <inheritdoc/>
    public void Dispose()
    {
        either.Dispose();
        timer.Dispose();
    }
}
