using System.Security.Cryptography;
using System.Text;

namespace Provisioning.Kubernetes;

/// <summary>
/// Lets a header have several lines. The API server takes each <c>Impersonate-Group</c> line for one group, whatever commas are in it, and HttpClient joins the
/// values of a header by commas: so what separates them is a mark here, and becomes a line break when it is written. HTTP/1.1 only.
/// </summary>
internal sealed class HeaderLines
{
    // Begins with a byte that no JSON and no header has, so that what is held back until the next write is never the end of a request.
    private readonly string mark = '\u0001' + RandomNumberGenerator.GetHexString(32);

    /// <summary>A value that stands for several lines of the header.</summary>
    public string Join(string header, IEnumerable<string> values) => string.Join($"{mark}{header}: ", values);

    /// <summary>The stream of a connection, for <see cref="SocketsHttpHandler.PlaintextStreamFilter"/>.</summary>
    public ValueTask<Stream> FilterAsync(SocketsHttpPlaintextStreamFilterContext context, CancellationToken cancellationToken) =>
        ValueTask.FromResult<Stream>(new Breaking(context.PlaintextStream, Encoding.ASCII.GetBytes(mark)));

    /// <summary>Replaces the mark by a line break in what is written. Used by one connection, one write at a time.</summary>
    private sealed class Breaking(Stream inner, byte[] mark) : Stream
    {
        private static readonly byte[] LineBreak = "\r\n"u8.ToArray();
        private byte[] heldBack = [];

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            inner.ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(Break(buffer.AsSpan(offset, count)));

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.WriteAsync(Break(buffer.Span), cancellationToken);

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Flush() => inner.Flush();

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override async ValueTask DisposeAsync()
        {
            await inner.DisposeAsync();
            await base.DisposeAsync();
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }

            base.Dispose(disposing);
        }

        private byte[] Break(ReadOnlySpan<byte> written)
        {
            byte[] rest = [.. heldBack, .. written];
            var result = new List<byte>(rest.Length);
            var start = 0;
            while (rest.AsSpan(start).IndexOf(mark) is >= 0 and var found)
            {
                result.AddRange(rest.AsSpan(start, found));
                result.AddRange(LineBreak);
                start += found + mark.Length;
            }

            var kept = Enumerable.Range(1, Math.Min(mark.Length - 1, rest.Length - start)).LastOrDefault(length => rest.AsSpan(rest.Length - length).SequenceEqual(mark.AsSpan(0, length)));
            heldBack = rest[(rest.Length - kept)..];
            result.AddRange(rest.AsSpan(start, rest.Length - kept - start));
            return [.. result];
        }
    }
}
