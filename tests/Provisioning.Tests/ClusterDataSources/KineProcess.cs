using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Provisioning.Postgres;

namespace Provisioning.Tests.ClusterDataSources;

/// <summary>A real kine, which keeps no connection longer than a moment, spoken to in etcd's gRPC API as a kube-apiserver does.</summary>
internal sealed class KineProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly HttpClient client;

    private KineProcess(Process process, HttpClient client)
    {
        this.process = process;
        this.client = client;
    }

    /// <summary>The program; null: there is none on this machine.</summary>
    public static string? Binary => Environment.GetEnvironmentVariable("KINE_BINARY") is { Length: > 0 } path ? path : null;

    /// <summary>Starts it and waits until it answers.</summary>
    public static async Task<KineProcess> StartAsync(string dsn, string authorityFile, CancellationToken cancellationToken)
    {
        var port = FreePort();
        var start = new ProcessStartInfo(Binary!)
        {
            ArgumentList =
            {
                "--listen-address", $"127.0.0.1:{port}", "--metrics-bind-address", "0", "--datastore-max-open-connections", "5",
                "--datastore-max-idle-connections", "2", "--datastore-connection-max-lifetime", "500ms",
            },
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        start.Environment["KINE_ENDPOINT"] = dsn.Replace(Uri.EscapeDataString(KineDsn.RootCertificatePath), Uri.EscapeDataString(authorityFile), StringComparison.Ordinal);
        var started = Process.Start(start)!;
        started.BeginErrorReadLine();
        started.BeginOutputReadLine();
        var kine = new KineProcess(started, new HttpClient
        {
            BaseAddress = new Uri($"http://127.0.0.1:{port}"),
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        });
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(TimeSpan.FromSeconds(60));
        while (!started.HasExited)
        {
            try
            {
                await kine.GetAsync("/registry/none", deadline.Token);
                return kine;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), deadline.Token);
            }
        }

        throw new InvalidOperationException($"kine ended with exit code {started.ExitCode}.");
    }

    /// <summary>Creates a key, as a kube-apiserver does: if its modification revision is 0.</summary>
    public async Task CreateAsync(string key, string value, CancellationToken cancellationToken)
    {
        const int ModificationRevision = 2;
        var compare = Concat([0x10, ModificationRevision], Field(3, Encoding.UTF8.GetBytes(key)));
        var put = Concat(Field(1, Encoding.UTF8.GetBytes(key)), Field(2, Encoding.UTF8.GetBytes(value)));
        var answer = await CallAsync("Txn", Concat(Field(1, compare), Field(2, Field(2, put))), cancellationToken);
        Assert.True(answer.AsSpan().IndexOf((byte[])[0x10, 1]) >= 0, $"{key} was not created");
    }

    /// <summary>Whether the key has this value.</summary>
    public async Task<bool> HasAsync(string key, string value, CancellationToken cancellationToken) =>
        (await GetAsync(key, cancellationToken)).AsSpan().IndexOf(Encoding.UTF8.GetBytes(value)) >= 0;

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        process.Kill();
        await process.WaitForExitAsync(CancellationToken.None);
        process.Dispose();
    }

    private Task<byte[]> GetAsync(string key, CancellationToken cancellationToken) =>
        CallAsync("Range", Field(1, Encoding.UTF8.GetBytes(key)), cancellationToken);

    private async Task<byte[]> CallAsync(string method, byte[] message, CancellationToken cancellationToken)
    {
        var frame = new byte[message.Length + 5];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        message.CopyTo(frame, 5);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/etcdserverpb.KV/{method}")
        {
            Content = new ByteArrayContent(frame) { Headers = { ContentType = new MediaTypeHeaderValue("application/grpc") } },
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        using var response = await client.SendAsync(request, cancellationToken);
        var answer = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        var headers = response.TrailingHeaders.Concat(response.Headers).ToLookup(header => header.Key, header => string.Join(",", header.Value), StringComparer.OrdinalIgnoreCase);
        Assert.True(headers["grpc-status"].SequenceEqual(["0"]), $"{method}: {string.Join(" ", headers["grpc-message"])}");
        return answer;
    }

    /// <summary>A length-delimited field of a protobuf message.</summary>
    private static byte[] Field(int number, byte[] content)
    {
        Assert.InRange(content.Length, 0, 127);
        return Concat([(byte)((number << 3) | 2), (byte)content.Length], content);
    }

    private static byte[] Concat(params byte[][] parts) => [.. parts.SelectMany(part => part)];

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
