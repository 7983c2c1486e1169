using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Provisioning.Kubernetes;

/// <summary>Reads the body of a watch: one JSON event per line (Kubernetes API concepts, "Efficient detection of changes").</summary>
internal static class WatchReader
{
    // etcd holds objects up to 1.5 MiB; far beyond that the other side is not an API server.
    private const int MaximumLine = 32 * 1024 * 1024;

    /// <summary>Ends when the API server closes the watch after a whole line.</summary>
    /// <exception cref="KubernetesApiException">An ERROR event.</exception>
    /// <exception cref="IOException">The connection was cut, or the line is not an event.</exception>
    public static async IAsyncEnumerable<WatchEvent<T>> ReadAsync<T>(
        Stream body, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : IResource
    {
        var reader = PipeReader.Create(body);
        try
        {
            while (true)
            {
                var result = await reader.ReadAsync(cancellationToken);
                var buffer = result.Buffer;
                while (buffer.PositionOf((byte)'\n') is { } end)
                {
                    var line = buffer.Slice(0, end);
                    buffer = buffer.Slice(buffer.GetPosition(1, end));
                    if (Parse<T>(line) is { } parsed)
                    {
                        yield return parsed;
                    }
                }

                reader.AdvanceTo(buffer.Start, buffer.End);
                if (result.IsCompleted && buffer.IsEmpty)
                {
                    yield break;
                }

                if (result.IsCompleted || buffer.Length > MaximumLine)
                {
                    throw new IOException("The watch was cut in the middle of an event.");
                }
            }
        }
        finally
        {
            await reader.CompleteAsync();
        }
    }

    private static WatchEvent<T>? Parse<T>(ReadOnlySequence<byte> line)
        where T : IResource
    {
        if (line.IsEmpty)
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(line, KubernetesJson.DocumentOptions);
            var type = document.RootElement.GetProperty("type").GetString();
            var content = document.RootElement.GetProperty("object");
            return type switch
            {
                "ADDED" or "MODIFIED" => new WatchEvent<T>.Changed(Read<T>(content)),
                "DELETED" => new WatchEvent<T>.Deleted(Read<T>(content)),
                "BOOKMARK" => new WatchEvent<T>.Bookmark(
                    content.GetProperty("metadata").GetProperty("resourceVersion").GetString() ?? throw Unreadable(null)),
                "ERROR" => throw Read<ApiStatus>(content).ToException(),
                // A kind of event that came after this was written says nothing that we need.
                _ => null,
            };
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw Unreadable(exception);
        }
    }

    private static TContent Read<TContent>(JsonElement content) =>
        content.Deserialize<TContent>(KubernetesJson.Options) ?? throw Unreadable(null);

    private static IOException Unreadable(Exception? inner) => new("The watch sent a line that is not an event of the API.", inner);
}
