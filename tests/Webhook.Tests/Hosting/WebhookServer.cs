using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Webhook.Admission;

namespace Webhook.Tests.Hosting;

/// <summary>The whole application in this process, on free ports, behind real TLS.</summary>
internal sealed class WebhookServer : IAsyncDisposable
{
    private readonly string folder;

    private WebhookServer(string folder, WebApplication app, TestCertificates certificates, RecordingLogger logs)
    {
        this.folder = folder;
        App = app;
        Certificates = certificates;
        Logs = logs;
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        Https = Local(addresses.Single(address => address.StartsWith("https:", StringComparison.Ordinal)));
        Management = Local(addresses.Single(address => address.StartsWith("http:", StringComparison.Ordinal)));
    }

    public WebApplication App { get; }

    public TestCertificates Certificates { get; }

    public RecordingLogger Logs { get; }

    public Uri Https { get; }

    public Uri Management { get; }

    public string CertificateDirectory => Path.Combine(folder, "certificates");

    public static Task<WebhookServer> StartAsync(params IAdmissionHandler[] handlers) => StartAsync(handlers, _ => { });

    /// <param name="handlers">These take the place of all handlers that the application has.</param>
    /// <param name="configure">Changes services.</param>
    /// <param name="settings">Command-line settings, such as <c>--Admission:MaxConcurrentReviews=1</c>.</param>
    public static async Task<WebhookServer> StartAsync(
        IReadOnlyList<IAdmissionHandler> handlers, Action<WebApplicationBuilder> configure, params string[] settings)
    {
        var temporary = Directory.CreateTempSubdirectory("webhook-test-").FullName;
        var certificates = new TestCertificates();
        var logs = new RecordingLogger();
        Directory.CreateDirectory(Path.Combine(temporary, "certificates"));
        certificates.Write(Path.Combine(temporary, "certificates"));
        await File.WriteAllTextAsync(Path.Combine(temporary, "kubeconfig"), Kubeconfig);
        string[] args =
        [
            "--Https:Port=0", "--Management:Port=0", $"--Https:CertificateDirectory={temporary}/certificates",
            $"--Kubernetes:Kubeconfig={temporary}/kubeconfig", "--Provisioning:Enabled=false", .. settings,
        ];
        var app = Program.Build(args, builder =>
        {
            builder.Logging.ClearProviders().AddProvider(logs);
            if (handlers.Count > 0)
            {
                builder.Services.RemoveAll<IValidatingHandler>().RemoveAll<IMutatingHandler>();
            }

            foreach (var handler in handlers)
            {
                _ = handler is IMutatingHandler mutating
                    ? builder.Services.AddSingleton(mutating)
                    : builder.Services.AddSingleton((IValidatingHandler)handler);
            }

            configure(builder);
        });
        await app.StartAsync();
        return new WebhookServer(temporary, app, certificates, logs);
    }

    /// <summary>A client that trusts the test's root, and nothing else.</summary>
    public HttpClient CreateClient(Version? version = null, Action<X509Certificate2>? onCertificate = null)
    {
        var handler = new SocketsHttpHandler { MaxConnectionsPerServer = 50, AllowAutoRedirect = false };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
        {
            onCertificate?.Invoke((X509Certificate2)certificate!);
            return IsTrusted(certificate, chain);
        };
        return new HttpClient(handler)
        {
            BaseAddress = Https,
            DefaultRequestVersion = version ?? HttpVersion.Version11,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Timeout = TimeSpan.FromSeconds(30),
        };
    }

    /// <summary>Raw TLS, for what no HTTP client would send.</summary>
    public async Task<SslStream> ConnectAsync()
    {
        var socket = new System.Net.Sockets.TcpClient();
        await socket.ConnectAsync("localhost", Https.Port);
        var stream = new SslStream(socket.GetStream(), false, (_, certificate, chain, _) => IsTrusted(certificate, chain));
        await stream.AuthenticateAsClientAsync("localhost");
        return stream;
    }

    public async ValueTask DisposeAsync()
    {
        await App.StopAsync();
        await App.DisposeAsync();
        Certificates.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    public static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    private const string Kubeconfig = """
        apiVersion: v1
        kind: Config
        clusters: [{name: none, cluster: {server: "http://127.0.0.1:9"}}]
        users: [{name: none, user: {token: unused}}]
        contexts: [{name: none, context: {cluster: none, user: none}}]
        current-context: none
        """;

    public bool IsTrusted(X509Certificate? certificate, X509Chain? chain)
    {
        chain!.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(Certificates.Root);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build((X509Certificate2)certificate!);
    }

    private static Uri Local(string address) => new UriBuilder(address.Replace("[::]", "localhost", StringComparison.Ordinal)) { Host = "localhost" }.Uri;
}
