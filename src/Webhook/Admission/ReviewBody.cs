using System.Buffers;
using System.Numerics;

namespace Webhook.Admission;

/// <summary>A request body in one pooled buffer. The bytes are valid until it is disposed.</summary>
internal sealed class ReviewBody : IDisposable
{
    /// <summary>The largest body in bytes: two objects of the 3 MiB that the API server takes in one request, and the envelope.</summary>
    public const int MaxLength = 7 * 1024 * 1024;

    private const int FirstRent = 16 * 1024;

    private readonly BodyBudget budget;
    private byte[] buffer = [];
    private int length;
    private int taken;

    private ReviewBody(BodyBudget budget) => this.budget = budget;

    /// <summary>What was received.</summary>
    public ReadOnlyMemory<byte> Memory => buffer.AsMemory(0, length);

    /// <summary>
    /// Reads the body to its end; null when the budget does not allow for it. The buffer grows with what has arrived, not with what was
    /// announced: announcing is free, memory is not.
    /// </summary>
    /// <exception cref="BadHttpRequestException">Longer than <see cref="MaxLength"/> (413), cut short (400) or too slow (408).</exception>
    public static async ValueTask<ReviewBody?> ReadAsync(HttpRequest request, BodyBudget budget, CancellationToken cancellationToken)
    {
        var announced = request.ContentLength;
        if (announced > MaxLength)
        {
            throw TooLong();
        }

        var body = new ReviewBody(budget);
        try
        {
            // One byte more than announced lets the last read see the end without growing.
            if (body.TryRent((int)Math.Min(announced + 1 ?? FirstRent, FirstRent))
                && await body.TryFillAsync(request.Body, (int)(announced + 1 ?? 0), cancellationToken))
            {
                return body;
            }

            body.Dispose();
            return null;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        var (rented, bytes) = (buffer, taken);
        (buffer, length, taken) = ([], 0, 0);
        GiveBack(rented, bytes);
    }

    private static BadHttpRequestException TooLong() =>
        new($"The body is longer than {MaxLength} bytes.", StatusCodes.Status413PayloadTooLarge);

    private async ValueTask<bool> TryFillAsync(Stream stream, int expected, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (length == buffer.Length && !TryGrow(expected))
            {
                return false;
            }

            var read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken);
            if (read == 0)
            {
                return true;
            }

            length += read;
            if (length > MaxLength)
            {
                throw TooLong();
            }
        }
    }

    private bool TryGrow(int expected)
    {
        // Four times at once, up to what is expected: a body of 300 KB is copied twice, not five times.
        var capacity = Math.Min(buffer.Length * 4L, MaxLength + 1);
        if (expected > buffer.Length)
        {
            capacity = Math.Min(capacity, expected);
        }

        return TryRent((int)Math.Max(capacity, buffer.Length + 1L));
    }

    /// <summary>Exchanges the buffer for a larger one with the same beginning; for that moment both are held, and counted.</summary>
    private bool TryRent(int capacity)
    {
        // The pool's arrays are powers of two.
        var bytes = (int)BitOperations.RoundUpToPowerOf2((uint)capacity);
        if (!budget.TryTake(bytes))
        {
            return false;
        }

        var larger = ArrayPool<byte>.Shared.Rent(bytes);
        buffer.AsSpan(0, length).CopyTo(larger);
        var (smaller, before) = (buffer, taken);
        (buffer, taken) = (larger, bytes);
        GiveBack(smaller, before);
        return true;
    }

    private void GiveBack(byte[] rented, int bytes)
    {
        if (rented.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(rented);
            budget.Return(bytes);
        }
    }
}
