using System.Buffers.Text;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Bench.Load;

/// <summary>
/// One TLS connection that sends reviews one after the other. It does no more than it must: what the driver uses of the machine is taken
/// from both sides alike and brings them closer together than they are.
/// </summary>
internal sealed class KeepAliveConnection : IAsyncDisposable
{
    private readonly SslStream stream;
    private readonly byte[] received = new byte[16 * 1024];

    private KeepAliveConnection(SslStream stream) => this.stream = stream;

    /// <summary>Connects to the loopback address.</summary>
    public static async Task<KeepAliveConnection> OpenAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync("127.0.0.1", port);
        var secured = new SslStream(new NetworkStream(socket, ownsSocket: true), leaveInnerStreamOpen: false);
        await secured.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            // Our own server on the loopback address.
            TargetHost = "localhost",
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
            ApplicationProtocols = [SslApplicationProtocol.Http11],
        });
        return new KeepAliveConnection(secured);
    }

    /// <summary>Sends the review with a new uid and waits for its answer.</summary>
    /// <exception cref="InvalidDataException">The answer is no success, or somebody else's.</exception>
    public async Task SendAsync(RecordedReview review)
    {
        review.Renew();
        await stream.WriteAsync(review.Bytes);
        var length = 0;
        int? end = null;
        while (length < (end ?? int.MaxValue))
        {
            var read = await stream.ReadAsync(received.AsMemory(length));
            if (read == 0)
            {
                throw new InvalidDataException("The server closed the connection.");
            }

            length += read;
            end ??= FindEnd(received.AsSpan(0, length));
        }

        var answer = received.AsSpan(0, length);
        if (!answer.StartsWith("HTTP/1.1 200 "u8) || answer.IndexOf(review.Uid) < 0 || answer.IndexOf("\"allowed\":true"u8) < 0)
        {
            throw new InvalidDataException($"Not the answer to this review: {Encoding.UTF8.GetString(answer)}");
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => stream.DisposeAsync();

    // Both servers send the length of every answer.
    private static int? FindEnd(ReadOnlySpan<byte> answer)
    {
        var head = answer.IndexOf("\r\n\r\n"u8);
        if (head < 0)
        {
            return null;
        }

        var field = answer[..head].IndexOf("Content-Length: "u8);
        if (field < 0 || !Utf8Parser.TryParse(answer[(field + "Content-Length: ".Length)..head], out int length, out _))
        {
            throw new InvalidDataException($"The answer has no length: {Encoding.UTF8.GetString(answer)}");
        }

        return head + 4 + length;
    }
}
