using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Provisioning.Tests.Kubernetes.Kubeconfigs;

/// <summary>An HTTP and SOCKS5 proxy on a free port of loopback that asks for no or one login, and takes every tunnel to a server of its own choice.</summary>
internal sealed class TestProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource end = new();
    private readonly Uri target;
    private readonly string? login;
    private readonly Task serving;

    /// <summary>Starts one.</summary>
    /// <param name="target">Where tunnels lead, whatever was asked for.</param>
    /// <param name="login">What an HTTP client must show, as <c>name:password</c>; null: nothing.</param>
    public TestProxy(Uri target, string? login = null)
    {
        this.target = target;
        this.login = login;
        listener.Start();
        serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Where clients wanted to go, as <c>host:port</c>.</summary>
    public ConcurrentQueue<string> Tunnels { get; } = [];

    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        listener.Dispose();
        await serving;
        end.Dispose();
    }

    private async Task ServeAsync()
    {
        var clients = new List<Task>();
        try
        {
            while (true)
            {
                clients.Add(TunnelAsync(await listener.AcceptTcpClientAsync(end.Token)));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(clients);
        }
    }

    private async Task TunnelAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                var first = new byte[1];
                await stream.ReadExactlyAsync(first, end.Token);
                if (!await (first[0] == 5 ? AcceptSocksAsync(stream) : AcceptConnectAsync(stream, (char)first[0])))
                {
                    return;
                }

                using var server = new TcpClient();
                await server.ConnectAsync(target.Host, target.Port, end.Token);
                await Task.WhenAny(stream.CopyToAsync(server.GetStream(), end.Token), server.GetStream().CopyToAsync(stream, end.Token));
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException)
            {
                // Either side is free to go.
            }
        }
    }

    private async Task<bool> AcceptConnectAsync(NetworkStream stream, char first)
    {
        while (true)
        {
            var head = new StringBuilder().Append(first);
            while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                head.Append((char)await ReadAsync(stream));
            }

            var lines = head.ToString().Split("\r\n");
            var shown = lines.FirstOrDefault(line => line.StartsWith("Proxy-Authorization: Basic ", StringComparison.OrdinalIgnoreCase))?.Split(' ')[2];
            if (login is null || shown == Convert.ToBase64String(Encoding.UTF8.GetBytes(login)))
            {
                Tunnels.Enqueue(lines[0].Split(' ')[1]);
                await stream.WriteAsync("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray(), end.Token);
                return true;
            }

            await stream.WriteAsync("HTTP/1.1 407 Login\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), end.Token);
            first = (char)await ReadAsync(stream);
        }
    }

    // RFC 1928: greeting without authentication, then CONNECT to a domain name.
    private async Task<bool> AcceptSocksAsync(NetworkStream stream)
    {
        var methods = new byte[await ReadAsync(stream)];
        await stream.ReadExactlyAsync(methods, end.Token);
        await stream.WriteAsync(new byte[] { 5, 0 }, end.Token);
        var request = new byte[4];
        await stream.ReadExactlyAsync(request, end.Token);
        var host = new byte[request[3] == 3 ? await ReadAsync(stream) : 4];
        await stream.ReadExactlyAsync(host, end.Token);
        var port = new byte[2];
        await stream.ReadExactlyAsync(port, end.Token);
        Tunnels.Enqueue($"{(request[3] == 3 ? Encoding.ASCII.GetString(host) : new IPAddress(host).ToString())}:{BinaryPrimitives.ReadUInt16BigEndian(port)}");
        await stream.WriteAsync(new byte[] { 5, 0, 0, 1, 0, 0, 0, 0, 0, 0 }, end.Token);
        return true;
    }

    private async Task<byte> ReadAsync(NetworkStream stream)
    {
        var one = new byte[1];
        await stream.ReadExactlyAsync(one, end.Token);
        return one[0];
    }
}
