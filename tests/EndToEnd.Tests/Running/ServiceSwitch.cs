using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace EndToEnd.Tests.Running;

/// <summary>
/// What a Service is: new connections go to an endpoint that was ready when it was last asked, those that exist stay where they are. Asks
/// each process's <c>/readyz</c> again and again, as the kubelet does.
/// </summary>
internal sealed class ServiceSwitch : IAsyncDisposable
{
    private static readonly TimeSpan ProbePeriod = TimeSpan.FromMilliseconds(100);
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentDictionary<WebhookProcess, Endpoint> endpoints = new();
    private readonly Task accepting;
    private int turn;

    public ServiceSwitch()
    {
        listener.Start();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>From now on the process is an endpoint whenever it is ready.</summary>
    public async Task AddAsync(WebhookProcess process)
    {
        var endpoint = new Endpoint((await process.AdmissionUrl).Port);
        endpoint.Probing = ProbeAsync(process, endpoint);
        endpoints[process] = endpoint;
    }

    /// <summary>Whether the process gets new connections.</summary>
    public bool IsReady(WebhookProcess process) => endpoints[process].IsReady;

    /// <summary>How many connections it has.</summary>
    public int Connections(WebhookProcess process) => Volatile.Read(ref endpoints[process].Open);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await accepting;
        await Task.WhenAll(endpoints.Values.Select(endpoint => endpoint.Probing));
        listener.Dispose();
        stop.Dispose();
    }

    private async Task ProbeAsync(WebhookProcess process, Endpoint endpoint)
    {
        try
        {
            while (true)
            {
                endpoint.IsReady = (await process.AskReadinessAsync(stop.Token)).Ready;
                await Task.Delay(ProbePeriod, stop.Token);
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            // The process has gone, or the test is over.
            endpoint.IsReady = false;
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ForwardAsync(await listener.AcceptTcpClientAsync(stop.Token));
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task ForwardAsync(TcpClient accepted)
    {
        using var client = accepted;
        using var server = new TcpClient();
        var ready = endpoints.Values.Where(endpoint => endpoint.IsReady).OrderBy(endpoint => endpoint.Port).ToList();
        if (ready.Count == 0)
        {
            return;
        }

        var target = ready[Interlocked.Increment(ref turn) % ready.Count];
        Interlocked.Increment(ref target.Open);
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, target.Port, stop.Token);
            var (near, far) = (client.GetStream(), server.GetStream());
            await Task.WhenAny(near.CopyToAsync(far, stop.Token), far.CopyToAsync(near, stop.Token));
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
        {
            // Either side has gone; the caller sees it.
        }
        finally
        {
            Interlocked.Decrement(ref target.Open);
        }
    }

    private sealed class Endpoint(int port)
    {
        public int Open;

        public int Port => port;

        public volatile bool IsReady;

        public Task Probing { get; set; } = Task.CompletedTask;
    }
}
