using System.Threading.RateLimiting;

namespace Webhook.Admission;

/// <summary>What a call needs before it is reviewed: first its body, then a place. A place is not for waiting on the network.</summary>
internal sealed class ReviewIntake(BodyReader bodies, ReviewGate gate)
{
    /// <summary>Gets both; null when there is too much to do.</summary>
    /// <exception cref="BadHttpRequestException">The body is too long, cut short or too slow.</exception>
    /// <exception cref="OperationCanceledException">The time is over, or the caller has gone.</exception>
    public async ValueTask<TakenReview?> TakeAsync(HttpRequest request, ReviewDeadline deadline)
    {
        var body = await bodies.ReadAsync(request, deadline);
        if (body is null)
        {
            return null;
        }

        try
        {
            var place = await gate.EnterAsync(deadline.Token);
            if (place.IsAcquired)
            {
                return new TakenReview(body, place);
            }

            place.Dispose();
            body.Dispose();
            return null;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }
}

/// <summary>A body and the place in which it is reviewed, until disposed.</summary>
internal sealed class TakenReview(ReviewBody body, RateLimitLease place) : IDisposable
{
    /// <summary>What was received.</summary>
    public ReadOnlyMemory<byte> Body => body.Memory;

    /// <inheritdoc/>
    public void Dispose()
    {
        body.Dispose();
        place.Dispose();
    }
}
