using System.Net;
using System.Net.Security;
using System.Text;
using Webhook.Admission;
using Webhook.Tests.Hosting;

namespace Webhook.Tests.Admission;

public sealed class OverloadTests
{
    [Fact]
    public async Task More_than_the_queue_holds_is_sent_away_at_once_and_the_others_are_answered()
    {
        var entered = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        var handler = new ScriptedHandler("k0rdent.mirantis.com", "datasources", async (_, _) =>
        {
            entered.TrySetResult();
            await release.Task;
            return new AdmissionDecision.Allowed();
        });
        await using var server = await WebhookServer.StartAsync([handler], _ => { }, "--Admission:MaxConcurrentReviews=1", "--Admission:MaxQueuedReviews=3");
        using var client = server.CreateClient();
        var first = PostAsync(client);
        await entered.Task;

        var others = Enumerable.Range(0, 10).Select(_ => PostAsync(client)).ToList();

        // Seven of ten find the queue full; the three in it are answered once the first is done.
        var refused = new List<HttpResponseMessage>();
        while (refused.Count < 7)
        {
            var answered = await Task.WhenAny(others);
            others.Remove(answered);
            refused.Add(await answered);
        }

        release.SetResult();
        HttpResponseMessage[] allowed = [await first, .. await Task.WhenAll(others)];
        Assert.All(refused, answer => Assert.Equal((HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(1)), (answer.StatusCode, answer.Headers.RetryAfter?.Delta)));
        Assert.All(allowed, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal(4, allowed.Length);
    }

    [Fact]
    public async Task Who_waits_in_the_queue_for_too_long_is_told_before_the_callers_timeout()
    {
        var entered = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        var handler = new ScriptedHandler("k0rdent.mirantis.com", "datasources", async (_, _) =>
        {
            entered.TrySetResult();
            await release.Task;
            return new AdmissionDecision.Allowed();
        });
        await using var server = await WebhookServer.StartAsync([handler], _ => { }, "--Admission:MaxConcurrentReviews=1");
        using var client = server.CreateClient();
        var first = PostAsync(client);
        await entered.Task;

        using var second = await client.PostAsync("/validate?timeout=200ms", WebhookServer.Json(Reviews.ReadText("datasource-create")));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, second.StatusCode);
        release.SetResult();
        Assert.Equal(HttpStatusCode.OK, (await first).StatusCode);
    }

    [Fact]
    public async Task Slow_senders_take_no_place()
    {
        var handler = new ScriptedHandler("datasources", _ => new AdmissionDecision.Allowed());
        await using var server = await WebhookServer.StartAsync([handler], _ => { }, "--Admission:MaxConcurrentReviews=1", "--Admission:MaxQueuedReviews=0");
        using var client = server.CreateClient();
        await using var first = await SendSlowlyAsync(server);
        await using var second = await SendSlowlyAsync(server);

        using var answer = await PostAsync(client);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task More_bodies_at_a_time_than_are_read_are_sent_away()
    {
        var handler = new ScriptedHandler("datasources", _ => new AdmissionDecision.Allowed());
        await using var server = await WebhookServer.StartAsync([handler], _ => { }, "--Admission:MaxConcurrentReads=1");
        using var client = server.CreateClient();
        await using var slow = await SendSlowlyAsync(server);

        using var answer = await PostAsync(client);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(1)), (answer.StatusCode, answer.Headers.RetryAfter?.Delta));
    }

    [Fact]
    public async Task A_body_has_less_time_than_the_review()
    {
        var handler = new ScriptedHandler("datasources", _ => new AdmissionDecision.Allowed());
        await using var server = await WebhookServer.StartAsync([handler], _ => { }, "--Admission:BodyTimeout=00:00:00.5");
        await using var slow = await SendSlowlyAsync(server);
        using var reader = new StreamReader(slow);

        var answer = await reader.ReadToEndAsync();

        Assert.Contains("HTTP/1.1 408", answer, StringComparison.Ordinal);
        Assert.Contains("The body did not arrive in time.", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bodies_beyond_the_bytes_that_may_be_held_are_sent_away_and_nothing_of_the_budget_is_lost()
    {
        var entered = new SemaphoreSlim(0);
        var release = new SemaphoreSlim(0);
        var handler = new ScriptedHandler("k0rdent.mirantis.com", "datasources", async (request, cancellationToken) =>
        {
            if (request.Object.Length > 1024 * 1024)
            {
                entered.Release();
                await release.WaitAsync(cancellationToken);
            }

            return new AdmissionDecision.Allowed();
        });
        await using var server = await WebhookServer.StartAsync([handler], _ => { }, "--Admission:MaxHeldBytes=16777216");
        using var client = server.CreateClient();
        var large = Reviews.ReadText("datasource-create")
            .Replace("\"postgresql\"", $"\"{new string('x', 6 * 1024 * 1024)}\"", StringComparison.Ordinal);

        for (var round = 0; round < 4; round++)
        {
            var held = PostAsync(client, large);
            await entered.WaitAsync();
            using var refused = await PostAsync(client, large);
            using var small = await PostAsync(client);
            release.Release();

            Assert.Equal((HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(1)), (refused.StatusCode, refused.Headers.RetryAfter?.Delta));
            Assert.Equal(HttpStatusCode.OK, small.StatusCode);
            Assert.Equal(HttpStatusCode.OK, (await held).StatusCode);
        }
    }

    // The webhook says "go on" when it begins to read the body, of which one byte comes.
    private static async Task<SslStream> SendSlowlyAsync(WebhookServer server)
    {
        var stream = await server.ConnectAsync();
        await stream.WriteAsync(
            "POST /validate?timeout=30s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5000\r\nExpect: 100-continue\r\n\r\n"u8.ToArray());
        var answer = new byte["HTTP/1.1 100 Continue\r\n\r\n".Length];
        await stream.ReadExactlyAsync(answer);
        Assert.StartsWith("HTTP/1.1 100", Encoding.ASCII.GetString(answer), StringComparison.Ordinal);
        await stream.WriteAsync("{"u8.ToArray());
        return stream;
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient client, string body) =>
        client.PostAsync("/validate?timeout=30s", WebhookServer.Json(body));

    private static Task<HttpResponseMessage> PostAsync(HttpClient client) =>
        client.PostAsync("/validate?timeout=30s", WebhookServer.Json(Reviews.ReadText("datasource-create")));
}
