using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace Webhook.Admission;

/// <summary>Bounds how many reviews are handled at once, over all endpoints, and how many may wait for that.</summary>
internal sealed class ReviewGate(IOptions<AdmissionOptions> options) : IDisposable
{
    private readonly ConcurrencyLimiter limiter = new(new ConcurrencyLimiterOptions
    {
        PermitLimit = options.Value.MaxConcurrentReviews,
        QueueLimit = options.Value.MaxQueuedReviews,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    /// <summary>Waits for a place; the lease is not acquired when the queue is full.</summary>
    public ValueTask<RateLimitLease> EnterAsync(CancellationToken cancellationToken) => limiter.AcquireAsync(1, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => limiter.Dispose();
}
