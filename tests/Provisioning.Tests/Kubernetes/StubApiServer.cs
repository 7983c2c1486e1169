using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace Provisioning.Tests.Kubernetes;

/// <summary>A Kestrel on a free port of loopback that answers as the test says and remembers what it was asked.</summary>
internal sealed class StubApiServer : IAsyncDisposable
{
    private readonly WebApplication host;

    private StubApiServer(WebApplication host) => this.host = host;

    public Uri Address => new(host.Urls.First());

    /// <summary>Everything that was asked, in order.</summary>
    public ConcurrentQueue<RecordedRequest> Requests { get; } = [];

    public static async Task<StubApiServer> StartAsync(
        RequestDelegate answer,
        X509Certificate2? certificate = null,
        X509Certificate2Collection? chain = null,
        HttpProtocols protocols = HttpProtocols.Http1AndHttp2)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = protocols;
            if (certificate is not null)
            {
                listen.UseHttps(https =>
                {
                    https.ServerCertificate = certificate;
                    https.ServerCertificateChain = chain;
                    https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
                    https.ClientCertificateValidation = (_, _, errors) => errors != SslPolicyErrors.RemoteCertificateNotAvailable;
                });
            }
        }));
        builder.WebHost.UseKestrelHttpsConfiguration();
        var app = builder.Build();
        var server = new StubApiServer(app);
        app.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            server.Requests.Enqueue(new RecordedRequest(
                context.Request.Method,
                context.Features.Get<IHttpRequestFeature>()!.RawTarget,
                context.Request.Protocol,
                context.Request.ContentType,
                context.Request.Headers.Authorization.ToString(),
                await reader.ReadToEndAsync(context.RequestAborted),
                context.Connection.ClientCertificate?.Subject));
            await answer(context);
        });
        await app.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource();
        await atOnce.CancelAsync();
        await host.StopAsync(atOnce.Token);
        await host.DisposeAsync();
    }
}

internal sealed record RecordedRequest(
    string Method, string Target, string Protocol, string? ContentType, string Authorization, string Body, string? ClientCertificate);
