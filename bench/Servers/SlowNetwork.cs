using System.Net;
using System.Net.Sockets;

namespace Bench.Servers;

/// <summary>A network between a client and a server on this machine that brings whatever the server says late. Disposing breaks all connections.</summary>
internal sealed class SlowNetwork : IAsyncDisposable
{
    private readonly int target;
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource closed = new();
    private readonly Task accepting;
    private long delay;
    private int connections;

    /// <summary>Forwards to a port of this machine from now on.</summary>
    public SlowNetwork(int target)
    {
        this.target = target;
        listener.Start();
        accepting = AcceptAsync();
    }

    /// <summary>The port that clients connect to.</summary>
    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>How late each piece of an answer comes, of those that are read from now on. Default: not at all.</summary>
    public TimeSpan Delay
    {
        get => TimeSpan.FromTicks(Volatile.Read(ref delay));
        set => Volatile.Write(ref delay, value.Ticks);
    }

    /// <summary>How many connections there were so far.</summary>
    public int Connections => Volatile.Read(ref connections);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await closed.CancelAsync();
        await accepting;
        listener.Dispose();
        closed.Dispose();
    }

    private async Task AcceptAsync()
    {
        var open = new List<Task>();
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync(closed.Token);
                Interlocked.Increment(ref connections);
                open.RemoveAll(one => one.IsCompleted);
                open.Add(ForwardAsync(client));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(open);
        }
    }

    private async Task ForwardAsync(TcpClient accepted)
    {
        using var client = accepted;
        using var server = new TcpClient { NoDelay = true };
        client.NoDelay = true;
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, target, closed.Token);
            await Task.WhenAny(client.GetStream().CopyToAsync(server.GetStream(), closed.Token), BringLateAsync(server.GetStream(), client.GetStream()));
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or SocketException)
        {
            // A broken connection is what a network does; both sides see it when the streams close here.
        }
    }

    private async Task BringLateAsync(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[64 * 1024];
        int read;
        while ((read = await from.ReadAsync(buffer, closed.Token)) > 0)
        {
            await Task.Delay(Delay, closed.Token);
            await to.WriteAsync(buffer.AsMemory(0, read), closed.Token);
        }
    }
}
