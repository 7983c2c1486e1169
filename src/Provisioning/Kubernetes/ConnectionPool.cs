using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Provisioning.Kubernetes;

/// <summary>Makes the pool of connections to the API server.</summary>
internal static class ConnectionPool
{
    /// <summary>How this program names itself in the API server's audit log.</summary>
    public static ProductInfoHeaderValue UserAgent { get; } =
        new("k0rdent-datasource", typeof(ConnectionPool).Assembly.GetName().Version?.ToString(3));

    /// <summary>The pool.</summary>
    /// <param name="connection">How to reach the server.</param>
    /// <param name="certificate">What is shown in every handshake; null: nothing.</param>
    public static SocketsHttpHandler Create(KubernetesConnection connection, ClientCertificate? certificate) => new()
    {
        // The credentials are for this server only: no redirect, no cookie, no proxy that the environment happens to name.
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = connection.Proxy is not null,
        Proxy = connection.Proxy,
        EnableMultipleHttp2Connections = true,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        // Long enough to be cheap, short enough to find the other API servers behind a load balancer and a rotated CA.
        PooledConnectionLifetime = TimeSpan.FromMinutes(15),
        // A watch may be silent for minutes: without pings a connection that died in the network would go unnoticed.
        KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        KeepAlivePingDelay = TimeSpan.FromSeconds(20),
        KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
        ConnectCallback = ConnectAsync,
        SslOptions = CreateTlsOptions(connection, certificate),
        PlaintextStreamFilter = connection.Impersonation is { HasLines: true } impersonation ? impersonation.Lines.FilterAsync : null,
        // Names of people may be of any script; the API server reads UTF-8.
        RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
    };

    private static SslClientAuthenticationOptions CreateTlsOptions(KubernetesConnection connection, ClientCertificate? certificate)
    {
        var options = new SslClientAuthenticationOptions
        {
            // The first, built-in look at the chain must not fetch what an unproven certificate points to.
            CertificateChainPolicy = new X509ChainPolicy
            {
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
            },
        };
        if (certificate is not null)
        {
            options.ClientCertificateContext = SslStreamCertificateContext.Create(certificate.Certificate, certificate.Intermediates, offline: true);
        }

        if (connection.SkipsVerification)
        {
            // Whoever runs this has a kubeconfig that says so, as kubectl obeys it.
            options.RemoteCertificateValidationCallback = (_, _, _, _) => connection.SkipsVerification;
        }
        else if (connection.Roots is { } roots)
        {
            // Only the chain is ours to judge; a wrong or missing name stays an error.
            options.RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
                (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) == SslPolicyErrors.None
                && certificate is X509Certificate2 leaf
                && roots.Trusts(leaf, chain?.ChainPolicy.ExtraStore ?? []);
        }

        return options;
    }

    // HTTP/1.1 knows no pings: the kernel's probes notice a dead peer there.
    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 20);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 5);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
