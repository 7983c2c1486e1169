using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Webhook.Admission;
using Webhook.Tests.Admission;

namespace Webhook.Tests.Hosting;

public sealed class KestrelSetupTests
{
    // net/http's DefaultTransport in k8s.io/client-go: IdleConnTimeout.
    private static readonly TimeSpan ApiServerIdleTimeout = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Connections_stay_open_longer_than_the_API_server_keeps_them()
    {
        await using var server = await WebhookServer.StartAsync(new ScriptedHandler("datasources", _ => new AdmissionDecision.Allowed()));

        var limits = server.App.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits;

        Assert.True(limits.KeepAliveTimeout > ApiServerIdleTimeout, $"{limits.KeepAliveTimeout}");
    }
}
