using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace EndToEnd.ConformanceTests;

/// <summary>What a webhook received.</summary>
internal sealed record ReceivedReview(string Path, string ContentType, string UserAgent, JsonObject Body)
{
    public JsonObject Request => Body["request"]!.AsObject();

    public string Operation => (string)Request["operation"]!;
}

/// <summary>A webhook over HTTPS that records what it is asked and answers what the test wants.</summary>
internal sealed class WebhookServer : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly X509Certificate2 _certificate;

    private WebhookServer(WebApplication application, X509Certificate2 certificate)
    {
        _application = application;
        _certificate = certificate;
    }

    /// <summary>Every review received, in order.</summary>
    public ConcurrentQueue<ReceivedReview> Reviews { get; } = new();

    /// <summary>Completes the response for a review (path, request, response); by default everything is allowed.</summary>
    public Action<string, JsonObject, JsonObject> Answer { get; set; } = (_, _, _) => { };

    /// <summary>Answers the HTTP request instead, when it returns true.</summary>
    public Func<HttpContext, Task<bool>> Intercept { get; set; } = _ => Task.FromResult(false);

    public Uri Url => new(_application.Urls.First());

    public string Authority => _certificate.ExportCertificatePem();

    public static async Task<WebhookServer> StartAsync()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=webhook", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var ephemeral = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1));
        var certificate = X509CertificateLoader.LoadPkcs12(ephemeral.Export(X509ContentType.Pkcs12), null);

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        var application = builder.Build();
        var server = new WebhookServer(application, certificate);
        application.Run(server.HandleAsync);
        await application.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        _certificate.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var review = JsonNode.Parse(body.ToArray())!.AsObject();
        Reviews.Enqueue(new ReceivedReview(
            context.Request.Path + context.Request.QueryString, context.Request.ContentType!, context.Request.Headers.UserAgent.ToString(), review));
        if (await Intercept(context))
        {
            return;
        }

        var response = new JsonObject { ["uid"] = (string)review["request"]!["uid"]!, ["allowed"] = true };
        Answer(context.Request.Path, review["request"]!.AsObject(), response);
        var answer = new JsonObject { ["apiVersion"] = "admission.k8s.io/v1", ["kind"] = "AdmissionReview", ["response"] = response };
        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(answer.ToJsonString()));
    }
}
