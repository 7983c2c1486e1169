namespace Webhook.Admission;

/// <summary>
/// When the body of one call and its answer are due, and whether somebody still waits for them. There is one timer and one token for all
/// of it: sources of cancellation are what a review would otherwise make most of.
/// </summary>
internal sealed class ReviewDeadline : IDisposable
{
    private readonly TimeProvider time;
    private readonly CancellationToken requestAborted;
    private readonly CancellationTokenSource source;
    private readonly CancellationTokenRegistration abortion;
    private bool hasLessTimeForBody;

    /// <param name="timeout">The time for the answer.</param>
    /// <param name="bodyTimeout">The time for the body, which is part of that.</param>
    /// <param name="time">The clock.</param>
    /// <param name="requestAborted">Canceled when the caller has gone.</param>
    public ReviewDeadline(TimeSpan timeout, TimeSpan bodyTimeout, TimeProvider time, CancellationToken requestAborted)
    {
        Timeout = timeout;
        Started = time.GetTimestamp();
        this.time = time;
        this.requestAborted = requestAborted;
        hasLessTimeForBody = bodyTimeout < timeout;
        source = new CancellationTokenSource(hasLessTimeForBody ? bodyTimeout : timeout, time);
        abortion = requestAborted.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), source);
    }

    /// <summary>The time there was at the start.</summary>
    public TimeSpan Timeout { get; }

    /// <summary>The timestamp of the start.</summary>
    public long Started { get; }

    /// <summary>Canceled when the time is over or the caller has gone.</summary>
    public CancellationToken Token => source.Token;

    /// <summary>The time is over.</summary>
    public bool HasPassed => source.IsCancellationRequested && !requestAborted.IsCancellationRequested;

    /// <summary>The time for the body is over, and the one for the review is not.</summary>
    public bool HasPassedForBody => hasLessTimeForBody && HasPassed;

    /// <summary>The body is here: from now on there is the time for the answer.</summary>
    public void BodyHasArrived()
    {
        if (hasLessTimeForBody)
        {
            hasLessTimeForBody = false;
            var left = Timeout - time.GetElapsedTime(Started);
            source.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        abortion.Dispose();
        source.Dispose();
    }
}
