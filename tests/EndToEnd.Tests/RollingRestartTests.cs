using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using EndToEnd.Tests.Running;

namespace EndToEnd.Tests;

/// <summary>Real processes behind a switch that follows their readiness, as pods behind a Service: no call is lost while they are replaced.</summary>
[SuppressMessage("Usage", "CA2213", Justification = "Disposed in DisposeAsync.")]
public sealed class RollingRestartTests : Surroundings, IAsyncLifetime
{
    private const int Callers = 50;
    private const int Restarts = 20;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    // An API server does not call without a pause; without one the callers would leave no processor to the processes that start.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly ServiceSwitch service = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_call_is_lost_in_20_rolling_restarts_of_two_processes_under_50_kept_connections()
    {
        Queue<WebhookProcess> replicas = new([await StartAsync(), await StartAsync()]);
        using var done = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var answered = new int[Callers];
        var review = await File.ReadAllBytesAsync(Repository.Path("tests/Webhook.Tests/Fixtures/datasource-update-labels.json"), Token);
        var callers = Enumerable.Range(0, Callers).Select(caller => CallAsync(review, () => answered[caller]++, done.Token)).ToList();

        for (var restart = 0; restart < Restarts; restart++)
        {
            replicas.Enqueue(await StartAsync());
            var old = replicas.Dequeue();
            await UntilAsync(() => service.Connections(old) > 0, callers, $"restart {restart}: nobody is connected to the process that is to go");

            // It goes on answering, and closes each connection with an answer, until nobody is left. A second signal then ends the drain.
            await old.TerminateAsync();
            await UntilAsync(() => !service.IsReady(old) && service.Connections(old) == 0, callers, $"restart {restart}: connections stay\n{old.Log}");
            await old.TerminateAsync();
            Assert.Equal(0, await old.ExitCodeAsync(Token));
        }

        await done.CancelAsync();
        await Task.WhenAll(callers);
        Assert.All(answered, count => Assert.True(count > Restarts, $"A caller had {count} answers."));
    }

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => await StartControlPlaneAsync(Token);

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await service.DisposeAsync();
        await base.DisposeAsync();
    }

    private async Task<WebhookProcess> StartAsync()
    {
        var process = Start(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Provisioning__Enabled"] = "false",
            ["Shutdown__DrainDuration"] = "00:05:00",
        });
        await process.ReadyAsync(Token);
        await service.AddAsync(process);
        await Eventually.TrueAsync(
            () => Task.FromResult(service.IsReady(process)), Patience, () => $"The switch does not see that it is ready:\n{process.Log}", Token);
        return process;
    }

    /// <summary>Calls over one kept connection until the end; any failure fails the test.</summary>
    private async Task CallAsync(byte[] review, Action onAnswer, CancellationToken end)
    {
        var root = X509Certificate2.CreateFromPem(Authority.CertificatePem);
        using var handler = new SocketsHttpHandler { MaxConnectionsPerServer = 1 };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
        {
            chain!.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.Add(root);
            return chain.Build((X509Certificate2)certificate!);
        };
        using var client = new HttpClient(handler) { Timeout = TimeSpan.FromMinutes(1) };
        using var pace = new PeriodicTimer(Pause);
        var address = new Uri($"https://127.0.0.1:{service.Port}/validate?timeout=30s");
        while (!end.IsCancellationRequested)
        {
            using var body = new ByteArrayContent(review);
            body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var answer = await client.PostAsync(address, body, CancellationToken.None);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Contains("\"allowed\":true", await answer.Content.ReadAsStringAsync(CancellationToken.None), StringComparison.Ordinal);
            onAnswer();
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    /// <summary>Waits, and fails at once with the failure of a caller.</summary>
    private static Task UntilAsync(Func<bool> condition, List<Task> callers, string explanation) => Eventually.TrueAsync(
        async () =>
        {
            if (callers.Find(caller => caller.IsFaulted) is { } failed)
            {
                await failed;
            }

            return condition();
        },
        Patience,
        () => explanation,
        Token);
}
