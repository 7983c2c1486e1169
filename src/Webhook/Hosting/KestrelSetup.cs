using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Options;

namespace Webhook.Hosting;

/// <summary>The listeners and their limits.</summary>
internal sealed class KestrelSetup(
    IOptions<HttpsOptions> https, IOptions<ManagementOptions> management, IServiceProvider services) : IConfigureOptions<KestrelServerOptions>
{
    /// <summary>The largest request body in bytes, the same as admission's own limit.</summary>
    private const int MaxRequestBodySize = 7 * 1024 * 1024;

    private volatile Served? latest;

    /// <inheritdoc/>
    public void Configure(KestrelServerOptions options)
    {
        options.AddServerHeader = false;
        var limits = options.Limits;
        limits.MaxRequestBodySize = MaxRequestBodySize;

        // The API server keeps idle connections for 90 s: whoever closes first while the other sends loses a call.
        limits.KeepAliveTimeout = TimeSpan.FromSeconds(130);
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);

        // An API server sends from memory over a local network. Somebody slower holds a place for nothing.
        limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 16 * 1024, gracePeriod: TimeSpan.FromSeconds(3));
        limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 1024, gracePeriod: TimeSpan.FromSeconds(5));
        limits.MaxConcurrentConnections = 2048;

        options.ListenAnyIP(management.Value.Port);
        if (services.GetService<CertificateSource>() is { } source)
        {
            options.ListenAnyIP(https.Value.Port, listener =>
            {
                listener.Protocols = HttpProtocols.Http1AndHttp2;
                listener.UseHttps(new TlsHandshakeCallbackOptions
                {
                    HandshakeTimeout = TimeSpan.FromSeconds(5),
                    OnConnection = _ => ValueTask.FromResult(Authentication(source)),
                });
            });
        }
    }

    private SslServerAuthenticationOptions Authentication(CertificateSource source)
    {
        if (!source.IsLoaded)
        {
            throw new AuthenticationException("There is no certificate yet.");
        }

        // One per certificate, not one per connection. Two connections that race here make one each, which are the same.
        var pair = source.Current;
        if (latest is not { } known || known.Pair != pair)
        {
            latest = known = new Served(pair, Create(pair));
        }

        return known.Options;
    }

    private SslServerAuthenticationOptions Create(CertificatePair pair)
    {
        var callers = services.GetRequiredService<ClientCertificateCheck>();
        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = pair.Context,
            EnabledSslProtocols = https.Value.AllowTls12 ? SslProtocols.Tls12 | SslProtocols.Tls13 : SslProtocols.Tls13,
            ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
            AllowRenegotiation = false,
            ClientCertificateRequired = callers.IsOn,
            RemoteCertificateValidationCallback = callers.IsOn
                ? (_, certificate, chain, _) => callers.IsAllowed((X509Certificate2?)certificate, chain?.ChainPolicy.ExtraStore)
                : null,

            // A resumed session stands for an earlier handshake: it carries the caller's certificate without its intermediates, if at all, and
            // would outlive a change of the authorities. API servers keep their connections: a whole handshake for each new one costs little.
            AllowTlsResume = !callers.IsOn,
        };
    }

    private sealed record Served(CertificatePair Pair, SslServerAuthenticationOptions Options);
}
