using System.Net.Sockets;

namespace TestPostgres;

/// <summary>A proxy in front of PostgreSQL servers, in a folder of its own: ends, and leaves nothing behind, when the test process dies.</summary>
internal sealed class ProxyProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(30);
    private readonly ServerUser user = new();
    private readonly ServerFolder folder = ServerFolder.Create();
    private ServerProcess? process;

    /// <summary>Where its files go.</summary>
    public string Folder => folder.Path;

    /// <summary>The path of a file of its own.</summary>
    public string PathOf(string file) => Path.Combine(folder.Path, file);

    /// <summary>Writes a file that only the proxy's user can read.</summary>
    public Task WriteAsync(string file, string text, CancellationToken cancellationToken) =>
        ServerFolder.WritePrivateAsync(PathOf(file), text, cancellationToken);

    /// <summary>Starts the program and waits until it accepts connections on the port.</summary>
    /// <exception cref="InvalidOperationException">It did not; the message holds its log.</exception>
    public async Task StartAsync(IEnumerable<string> command, int port, CancellationToken cancellationToken)
    {
        await user.OwnAsync(folder.Path, cancellationToken);
        process = ServerProcess.Start(folder.Path, user.Command(command, deathSignal: "KILL"));
        using var deadline = new CancellationTokenSource(StartDeadline);
        while (!await AcceptsAsync(port, cancellationToken))
        {
            if (process.HasEnded || deadline.IsCancellationRequested)
            {
                throw new InvalidOperationException($"The proxy did not start:\n{await File.ReadAllTextAsync(folder.Log, cancellationToken)}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (process is not null)
        {
            await process.SignalAsync("TERM");
            await process.WaitAsync();
            process.Dispose();
        }

        folder.Remove();
    }

    private static async Task<bool> AcceptsAsync(int port, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(TestPostgresServer.Host, port, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
