using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using TestPostgres;

namespace Provisioning.Tests.Postgres;

/// <summary>Speaks just enough of PostgreSQL's protocol to ask for the password in ways that must not be answered, and keeps all that
/// it is sent after that.</summary>
internal sealed class HostileServer : IAsyncDisposable
{
    private const int SslRequest = 80877103;
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopping = new();
    private readonly MemoryStream received = new();
    private readonly X509Certificate2? certificate;
    private readonly byte[] demand;
    private readonly Task serving;

    /// <param name="authority">Signs its certificate. Null: it says that it has no TLS.</param>
    /// <param name="demand">The authentication request, from its type byte on.</param>
    public HostileServer(TestCertificateAuthority? authority, byte[] demand)
    {
        this.demand = demand;
        if (authority is not null)
        {
            var (pem, key) = authority.Issue(["127.0.0.1"]);
            using var issued = X509Certificate2.CreateFromPem(pem, key);
            certificate = X509CertificateLoader.LoadPkcs12(issued.Export(X509ContentType.Pkcs12), null);
        }

        listener.Start();
        serving = ServeAsync(stopping.Token);
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>True when somebody got as far as the demand.</summary>
    public bool HasDemanded { get; private set; }

    /// <summary>AuthenticationOk, AuthenticationCleartextPassword... by the number in the protocol's specification.</summary>
    public static byte[] Authentication(int code, params byte[] rest)
    {
        var message = new byte[9 + rest.Length];
        message[0] = (byte)'R';
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(1), 8 + rest.Length);
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(5), code);
        rest.CopyTo(message, 9);
        return message;
    }

    /// <summary>What came after the demand; ends the server.</summary>
    public async Task<byte[]> StopAsync()
    {
        await stopping.CancelAsync();
        await serving;
        return received.ToArray();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        listener.Dispose();
        stopping.Dispose();
        certificate?.Dispose();
        await received.DisposeAsync();
    }

    private async Task ServeAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync(cancellationToken);
                await TalkAsync(client.GetStream(), cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            listener.Stop();
        }
    }

    private async Task TalkAsync(Stream stream, CancellationToken cancellationToken)
    {
        try
        {
            if (await ReadStartupAsync(stream, cancellationToken) == SslRequest)
            {
                await stream.WriteAsync(new[] { certificate is null ? (byte)'N' : (byte)'S' }, cancellationToken);
                if (certificate is null)
                {
                    await stream.CopyToAsync(received, cancellationToken);
                    return;
                }

                var tls = new SslStream(stream);
                stream = tls;
                await tls.AuthenticateAsServerAsync(
                    new SslServerAuthenticationOptions
                    {
                        ServerCertificate = certificate,
                        ApplicationProtocols = [new SslApplicationProtocol("postgresql")],
                    },
                    cancellationToken);
                await ReadStartupAsync(stream, cancellationToken);
            }

            await stream.WriteAsync(demand, cancellationToken);
            HasDemanded = true;
            await stream.CopyToAsync(received, cancellationToken);
        }
        catch (IOException)
        {
            // The client hung up, as it should.
        }
        finally
        {
            await stream.DisposeAsync();
        }
    }

    private static async Task<int> ReadStartupAsync(Stream stream, CancellationToken cancellationToken)
    {
        var head = new byte[8];
        await stream.ReadExactlyAsync(head, cancellationToken);
        var rest = new byte[BinaryPrimitives.ReadInt32BigEndian(head) - head.Length];
        await stream.ReadExactlyAsync(rest, cancellationToken);
        return BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(4));
    }
}
