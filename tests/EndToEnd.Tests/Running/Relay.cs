using System.Net;
using System.Net.Sockets;

namespace EndToEnd.Tests.Running;

/// <summary>A network between a client and a server on this machine: a port that refuses until it is opened, and forwards from then on.</summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly int target;
    private readonly CancellationTokenSource closed = new();
    private readonly Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private Task accepting = Task.CompletedTask;

    /// <summary>Takes a free port; until <see cref="Open"/> connections to it are refused.</summary>
    public Relay(int target)
    {
        this.target = target;
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
    }

    /// <summary>The port that clients connect to.</summary>
    public int Port => ((IPEndPoint)listener.LocalEndPoint!).Port;

    /// <summary>Forwards from now on.</summary>
    public void Open()
    {
        listener.Listen();
        accepting = AcceptAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await closed.CancelAsync();
        listener.Dispose();
        await accepting;
        closed.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(ForwardAsync(await listener.AcceptAsync(closed.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ForwardAsync(Socket accepted)
    {
        using var client = new NetworkStream(accepted, ownsSocket: true);
        using var server = new TcpClient();
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, target, closed.Token);
            await Task.WhenAny(
                client.CopyToAsync(server.GetStream(), closed.Token),
                server.GetStream().CopyToAsync(client, closed.Token));
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or SocketException)
        {
            // A broken connection is what a network does; both sides see it when the streams close here.
        }
    }
}
