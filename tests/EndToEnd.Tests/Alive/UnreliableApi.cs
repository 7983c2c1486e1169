using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using ControlPlane;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using TestPostgres;

namespace EndToEnd.Tests.Alive;

/// <summary>
/// An API server behind a bad network: what is sent here goes on to the real address, unless <see cref="Choose"/> says otherwise. Ends TLS, so
/// clients must show a token and not a certificate. Safe for concurrent use.
/// </summary>
internal sealed class UnreliableApi : IAsyncDisposable
{
    /// <summary>Longer than a client that is in a hurry waits, shorter than its request timeout.</summary>
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(1);

    private static readonly string[] OwnHeaders = ["Connection", "Host", "Transfer-Encoding", "Keep-Alive"];
    private readonly TestCertificateAuthority authority = new("Network");
    private readonly ConcurrentDictionary<ApiFault, int> counts = new();
    private readonly HttpMessageInvoker target;
    private readonly Uri address;
    private WebApplication? application;
    private CancellationTokenSource watches = new();

    private UnreliableApi(IControlPlane controlPlane)
    {
        address = controlPlane.ServerUrl;
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
        {
            chain!.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.Add(controlPlane.CertificateAuthority);
            return chain.Build((X509Certificate2)certificate!);
        };
        target = new HttpMessageInvoker(handler);
    }

    /// <summary>What becomes of a request. Default: nothing bad.</summary>
    public Func<HttpRequest, ApiFault> Choose { get; set; } = _ => ApiFault.None;

    /// <summary>Where clients connect.</summary>
    public Uri Url { get; private set; } = new("https://127.0.0.1");

    /// <summary>Who signed its certificate, in PEM.</summary>
    public string AuthorityPem => authority.CertificatePem;

    /// <summary>How often each happened.</summary>
    public IReadOnlyDictionary<ApiFault, int> Counts => counts;

    /// <summary>Starts to listen in front of an API server.</summary>
    public static async Task<UnreliableApi> StartAsync(IControlPlane controlPlane, CancellationToken cancellationToken)
    {
        var api = new UnreliableApi(controlPlane);
        var (certificate, key) = api.authority.Issue(["127.0.0.1"]);
        using var pair = X509Certificate2.CreateFromPem(certificate, key);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel(kestrel =>
        {
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = HttpProtocols.Http1AndHttp2;
                listen.UseHttps(X509CertificateLoader.LoadPkcs12(pair.Export(X509ContentType.Pkcs12), null));
            });
        });
        api.application = builder.Build();
        api.application.Run(api.HandleAsync);
        await api.application.StartAsync(cancellationToken);
        api.Url = new Uri(api.application.Urls.First());
        return api;
    }

    /// <summary>Ends every watch that is open now.</summary>
    public void CutWatches()
    {
        using var before = Interlocked.Exchange(ref watches, new CancellationTokenSource());
        before.Cancel();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        CutWatches();
        if (application is not null)
        {
            await application.DisposeAsync();
        }

        target.Dispose();
        watches.Dispose();
        authority.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        var fault = Choose(context.Request);
        counts.AddOrUpdate(fault, 1, (_, count) => count + 1);
        switch (fault)
        {
            case ApiFault.TooManyRequests:
                context.Response.Headers.RetryAfter = "1";
                await RefuseAsync(context, 429, "TooManyRequests");
                break;
            case ApiFault.InternalError:
                await RefuseAsync(context, 500, "InternalError");
                break;
            case ApiFault.Unavailable:
                context.Response.StatusCode = 503;
                await context.Response.WriteAsync("<html>no server is available</html>");
                break;
            case ApiFault.Cut:
                context.Abort();
                break;
            case ApiFault.Slow:
                // No sleep of a test: this is how long an answer takes in such a network.
                await Task.Delay(Delay, context.RequestAborted);
                await ForwardAsync(context, isAnswered: true);
                break;
            default:
                await ForwardAsync(context, isAnswered: fault != ApiFault.AnswerLost);
                break;
        }
    }

    private static Task RefuseAsync(HttpContext context, int status, string reason)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(
            $$"""{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"the test says so","reason":"{{reason}}","code":{{status}}}""");
    }

    private async Task ForwardAsync(HttpContext context, bool isAnswered)
    {
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, watches.Token);
        try
        {
            using var request = ToTarget(context.Request);
            using var answer = await target.SendAsync(request, watching.Token);
            if (!isAnswered)
            {
                context.Abort();
                return;
            }

            context.Response.StatusCode = (int)answer.StatusCode;
            foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers).Where(header => !OwnHeaders.Contains(header.Key, StringComparer.OrdinalIgnoreCase)))
            {
                context.Response.Headers[name] = values.ToArray();
            }

            // A watch is passed on as it comes, and its beginning before there is anything to tell.
            await context.Response.StartAsync(watching.Token);
            await using var body = await answer.Content.ReadAsStreamAsync(watching.Token);
            var buffer = new byte[64 * 1024];
            while (await body.ReadAsync(buffer, watching.Token) is > 0 and var read)
            {
                await context.Response.Body.WriteAsync(buffer.AsMemory(0, read), watching.Token);
                await context.Response.Body.FlushAsync(watching.Token);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or HttpRequestException or IOException)
        {
            // Either side broke off: so does the other.
            context.Abort();
        }
    }

    private HttpRequestMessage ToTarget(HttpRequest from)
    {
        var request = new HttpRequestMessage(new HttpMethod(from.Method), new Uri(address, from.Path + from.QueryString));
        if (from.ContentLength > 0 || from.Headers.TransferEncoding.Count > 0)
        {
            request.Content = new StreamContent(from.Body);
        }

        foreach (var (name, values) in from.Headers.Where(header => header.Key[0] != ':' && !OwnHeaders.Contains(header.Key, StringComparer.OrdinalIgnoreCase)))
        {
            if (!request.Headers.TryAddWithoutValidation(name, values.ToArray()))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, values.ToArray());
            }
        }

        return request;
    }
}
