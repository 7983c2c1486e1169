using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace Webhook.Admission;

/// <summary>
/// Reads bodies under limits of their own. Whoever sends slowly holds no place among the reviews, a buffer of what has arrived only, and
/// that not for long.
/// </summary>
internal sealed class BodyReader(IOptions<AdmissionOptions> options) : IDisposable
{
    private readonly BodyBudget budget = new(options.Value.MaxHeldBytes);

    private readonly ConcurrencyLimiter readers = new(new ConcurrencyLimiterOptions { PermitLimit = options.Value.MaxConcurrentReads, QueueLimit = 0 });

    /// <summary>Reads the body to its end; null when too many are being read, or all of them hold too many bytes.</summary>
    /// <exception cref="BadHttpRequestException">Too long (413), cut short (400) or too slow (408).</exception>
    /// <exception cref="OperationCanceledException">The review's own time is over, or the caller has gone.</exception>
    public async ValueTask<ReviewBody?> ReadAsync(HttpRequest request, ReviewDeadline deadline)
    {
        using var place = readers.AttemptAcquire();
        if (!place.IsAcquired)
        {
            return null;
        }

        try
        {
            var body = await ReviewBody.ReadAsync(request, budget, deadline.Token);
            deadline.BodyHasArrived();
            return body;
        }
        catch (OperationCanceledException exception) when (deadline.HasPassedForBody)
        {
            throw new BadHttpRequestException("The body did not arrive in time.", StatusCodes.Status408RequestTimeout, exception);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => readers.Dispose();
}
