using System.Net;
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

    private static Task<HttpResponseMessage> PostAsync(HttpClient client) =>
        client.PostAsync("/validate?timeout=30s", WebhookServer.Json(Reviews.ReadText("datasource-create")));
}
