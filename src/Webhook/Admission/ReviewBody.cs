using System.Buffers;

namespace Webhook.Admission;

/// <summary>A request body in one pooled buffer. The bytes are valid until it is disposed.</summary>
internal sealed class ReviewBody : IDisposable
{
    /// <summary>The largest body in bytes: two objects of the 3 MiB that the API server takes in one request, and the envelope.</summary>
    public const int MaxLength = 7 * 1024 * 1024;

    private const int FirstRent = 16 * 1024;

    private byte[] buffer;
    private int length;

    private ReviewBody(int capacity)
    {
        buffer = ArrayPool<byte>.Shared.Rent(capacity);
    }

    /// <summary>What was received.</summary>
    public ReadOnlyMemory<byte> Memory => buffer.AsMemory(0, length);

    /// <summary>
    /// Reads the body to its end. The buffer grows with what has arrived, not with what was announced: announcing is free, memory is not.
    /// </summary>
    /// <exception cref="BadHttpRequestException">Longer than <see cref="MaxLength"/> (413), cut short (400) or too slow (408).</exception>
    public static async ValueTask<ReviewBody> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var announced = request.ContentLength;
        if (announced > MaxLength)
        {
            throw TooLong();
        }

        // One byte more than announced lets the last read see the end without growing.
        var body = new ReviewBody((int)Math.Min(announced + 1 ?? FirstRent, FirstRent));
        try
        {
            await body.FillAsync(request.Body, (int)(announced + 1 ?? 0), cancellationToken);
            return body;
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
        var rented = buffer;
        buffer = [];
        length = 0;
        if (rented.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static BadHttpRequestException TooLong() =>
        new($"The body is longer than {MaxLength} bytes.", StatusCodes.Status413PayloadTooLarge);

    private async ValueTask FillAsync(Stream stream, int expected, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (length == buffer.Length)
            {
                Grow(expected);
            }

            var read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken);
            if (read == 0)
            {
                return;
            }

            length += read;
            if (length > MaxLength)
            {
                throw TooLong();
            }
        }
    }

    private void Grow(int expected)
    {
        // Four times at once, up to what is expected: a body of 300 KB is copied twice, not five times.
        var capacity = Math.Min(buffer.Length * 4L, MaxLength + 1);
        if (expected > buffer.Length)
        {
            capacity = Math.Min(capacity, expected);
        }

        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Max(capacity, buffer.Length + 1L));
        buffer.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
    }
}
