using System.Net;
using System.Security.Cryptography.X509Certificates;
using ControlPlane.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace ControlPlane.Embedded;

/// <summary>The HTTPS listener of the embedded API server.</summary>
internal sealed class ApiServer : IAsyncDisposable
{
    /// <summary>As much as the real one takes in one body.</summary>
    private const long MaxBody = 3 * 1024 * 1024;

    private readonly WebApplication _application;

    private ApiServer(WebApplication application) => _application = application;

    /// <summary>The port that is listened on.</summary>
    public int Port => new Uri(_application.Urls.First()).Port;

    /// <summary>Starts to listen on 127.0.0.1.</summary>
    public static async Task<ApiServer> StartAsync(
        int port, X509Certificate2 certificate, RequestHandler handler, CancellationToken cancellationToken)
    {
        // The empty builder reads no environment variables and no files: a test's own configuration cannot leak in.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxBody;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.Http2.MaxStreamsPerConnection = 1000;
            kestrel.Listen(IPAddress.Loopback, port, listen =>
            {
                listen.Protocols = HttpProtocols.Http1AndHttp2;
                listen.UseHttps(https =>
                {
                    https.ServerCertificate = certificate;
                    https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
                    // A certificate of a stranger is refused with 401 by the authenticator, not by the handshake.
                    https.ClientCertificateValidation = (_, _, _) => true;
                });
            });
        });
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(1));
        var application = builder.Build();
        application.Run(handler.HandleAsync);
        await application.StartAsync(cancellationToken);
        return new ApiServer(application);
    }

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _application.DisposeAsync();
    }
}
