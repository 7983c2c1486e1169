using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Webhook.Admission;
using Webhook.Hosting;
using Webhook.Tests.Admission;

namespace Webhook.Tests.Hosting;

public sealed class DrainTests
{
    private static readonly ScriptedHandler Handler = new("datasources", _ => new AdmissionDecision.Allowed());
    private static readonly string Body = Reviews.ReadText("datasource-create");

    [Fact]
    public async Task Answers_calls_while_draining_but_is_not_ready_and_closes_connections()
    {
        await using var server = await StartAsync();
        using var client = server.CreateClient();
        using var management = new HttpClient { BaseAddress = server.Management };
        using var before = await client.PostAsync("/validate", WebhookServer.Json(Body));
        Assert.Null(before.Headers.ConnectionClose);

        var lifetime = server.App.Services.GetRequiredService<DrainingLifetime>();
        var stopping = lifetime.DrainAndStopAsync();

        using var ready = await management.GetAsync("/readyz");
        using var live = await management.GetAsync("/livez");
        using var during = await client.PostAsync("/validate", WebhookServer.Json(Body));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("[-]shutdown failed", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        Assert.Equal(HttpStatusCode.OK, during.StatusCode);
        Assert.True(during.Headers.ConnectionClose);
        Assert.False(stopping.IsCompleted);

        // A second signal ends the drain.
        await lifetime.DrainAndStopAsync();
        await stopping;
        await server.App.StopAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => client.PostAsync("/validate", WebhookServer.Json(Body)));
    }

    [Fact]
    public async Task No_call_is_lost_in_20_rolling_restarts_under_50_kept_connections()
    {
        var current = await StartAsync();
        await using var balancer = new TcpSwitch(current.Https.Port);
        using var client = new HttpClient(new SocketsHttpHandler
        {
            MaxConnectionsPerServer = 50,
            SslOptions = { RemoteCertificateValidationCallback = (_, _, _, errors) => !errors.HasFlag(System.Net.Security.SslPolicyErrors.RemoteCertificateNotAvailable) },
        });
        var address = new Uri($"https://localhost:{balancer.Port}/validate");
        using var done = new CancellationTokenSource();
        var answered = new int[50];
        var callers = Enumerable.Range(0, 50).Select(async caller =>
        {
            while (!done.IsCancellationRequested)
            {
                using var answer = await client.PostAsync(address, WebhookServer.Json(Body));
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
                Interlocked.Increment(ref answered[caller]);
            }
        }).ToList();

        for (var restart = 0; restart < 20; restart++)
        {
            var old = current;
            current = await StartAsync();
            balancer.Target = current.Https.Port;
            var lifetime = old.App.Services.GetRequiredService<DrainingLifetime>();
            var stopping = lifetime.DrainAndStopAsync();

            // The drain lasts until every connection has been told to close, instead of for a time.
            await AnsweredTwiceAsync(answered, callers);
            await lifetime.DrainAndStopAsync();
            await stopping;
            await old.DisposeAsync();
        }

        await done.CancelAsync();
        await Task.WhenAll(callers);
        await current.DisposeAsync();
        Assert.True(answered.Sum() > 20 * 50);
    }

    [Fact]
    public async Task The_listener_closes_when_the_configured_time_is_over_and_not_before()
    {
        var host = new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance);
        var (drain, time) = (new Drain(), new OneTimer());
        using var lifetime = new DrainingLifetime(
            drain, Options.Create(new ShutdownOptions { DrainDuration = TimeSpan.FromSeconds(42) }), host, time, NullLogger<DrainingLifetime>.Instance);

        var stopping = lifetime.DrainAndStopAsync();

        Assert.Equal(TimeSpan.FromSeconds(42), time.DueTime);
        Assert.True(drain.HasBegun);
        Assert.False(host.ApplicationStopping.IsCancellationRequested);

        time.Fire();
        await stopping;
        Assert.True(host.ApplicationStopping.IsCancellationRequested);
    }

    private static Task<WebhookServer> StartAsync() => WebhookServer.StartAsync([Handler], _ => { }, "--Shutdown:DrainDuration=00:05:00");

    private static async Task AnsweredTwiceAsync(int[] answered, List<Task> callers)
    {
        var before = answered.ToArray();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (answered.Zip(before, (now, then) => now - then).Any(difference => difference < 2))
        {
            foreach (var failed in callers.Where(caller => caller.IsFaulted))
            {
                await failed;
            }

            await Task.Delay(5, deadline.Token);
        }
    }

    /// <summary>A clock whose only timer goes off when the test says so.</summary>
    private sealed class OneTimer : TimeProvider
    {
        private Action? callback;

        public TimeSpan? DueTime { get; private set; }

        public void Fire() => callback!();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            (DueTime, this.callback) = (dueTime, () => callback(state));
            return new Timer();
        }

        private sealed class Timer : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
                // Nothing runs.
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }

    /// <summary>What a Service is: new connections go to the current endpoint, those that exist stay where they are.</summary>
    private sealed class TcpSwitch : IAsyncDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource stop = new();
        private readonly Task accepting;

        public TcpSwitch(int target)
        {
            Target = target;
            listener.Start();
            accepting = AcceptAsync();
        }

        public int Target { get; set; }

        public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            listener.Stop();
            await accepting;
            stop.Dispose();
            listener.Dispose();
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

        private async Task ForwardAsync(TcpClient inner)
        {
            using var client = inner;
            using var server = new TcpClient();
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, Target, stop.Token);
                var (near, far) = (client.GetStream(), server.GetStream());
                await Task.WhenAny(near.CopyToAsync(far, stop.Token), far.CopyToAsync(near, stop.Token));
            }
            catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
            {
                // Either side has gone.
            }
        }
    }
}
