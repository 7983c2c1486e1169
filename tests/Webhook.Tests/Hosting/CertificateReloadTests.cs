using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Extensions.DependencyInjection;
using Webhook.Admission;
using Webhook.Hosting;
using Webhook.Tests.Admission;

namespace Webhook.Tests.Hosting;

public sealed class CertificateReloadTests
{
    private static readonly ScriptedHandler Handler = new("datasources", _ => new AdmissionDecision.Allowed());

    [Fact]
    public async Task Serves_a_renewed_certificate_within_the_interval()
    {
        await using var server = await WebhookServer.StartAsync([Handler], _ => { }, "--Https:ReloadInterval=00:00:01");

        var renewed = server.Certificates.Write(server.CertificateDirectory);

        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (await ServedAsync(server) != renewed)
        {
            await Task.Delay(50, deadline.Token);
        }
    }

    [Fact]
    public async Task No_call_fails_while_the_certificate_changes_twenty_times_by_swapped_links()
    {
        await using var server = await WebhookServer.StartAsync(Handler);
        var folder = server.App.Services.GetRequiredService<CertificateFolder>();
        var served = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        using var done = new CancellationTokenSource();
        var body = Reviews.ReadText("datasource-create");
        var callers = Enumerable.Range(0, 8).Select(async caller =>
        {
            var calls = 0;
            while (!done.IsCancellationRequested)
            {
                // Half of the callers keep their connection, half shake hands for every call.
                using var client = server.CreateClient(onCertificate: certificate => served[certificate.Thumbprint] = true);
                do
                {
                    using var answer = await client.PostAsync("/validate", WebhookServer.Json(body));
                    Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
                    calls++;
                }
                while (caller % 2 == 0 && !done.IsCancellationRequested);
            }

            return calls;
        }).ToList();

        for (var round = 0; round < 20; round++)
        {
            var thumbprint = SwapLinks(server, round);
            folder.Reload();
            Assert.Equal(thumbprint, await ServedAsync(server));
        }

        await done.CancelAsync();
        Assert.All(await Task.WhenAll(callers), calls => Assert.NotEqual(0, calls));
        Assert.True(served.Count > 1, "No caller saw a change.");
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("half a key")]
    [InlineData("no key")]
    [InlineData("another's key")]
    [InlineData("expired")]
    [InlineData("nothing")]
    public async Task Keeps_the_last_good_pair_and_says_so(string fault)
    {
        await using var server = await WebhookServer.StartAsync(Handler);
        var folder = server.App.Services.GetRequiredService<CertificateFolder>();
        var source = server.App.Services.GetRequiredService<CertificateSource>();
        var good = await ServedAsync(server);
        var goodFiles = CertificateFiles.Read(server.CertificateDirectory);

        Break(server, fault);
        folder.Reload();
        folder.Reload();

        Assert.Equal(good, await ServedAsync(server));
        Assert.NotNull(source.Problem);
        Assert.Single(server.Logs.Lines, line => line.StartsWith("Warning 6001", StringComparison.Ordinal));
        Assert.DoesNotContain(server.Logs.Lines, line => line.Contains("PRIVATE KEY", StringComparison.Ordinal));

        await WriteAsync(server, goodFiles);
        folder.Reload();
        Assert.Null(source.Problem);
    }

    [Fact]
    public async Task The_same_bad_pair_is_reported_again_after_a_good_one()
    {
        await using var server = await WebhookServer.StartAsync(Handler);
        var folder = server.App.Services.GetRequiredService<CertificateFolder>();
        var source = server.App.Services.GetRequiredService<CertificateSource>();
        var good = CertificateFiles.Read(server.CertificateDirectory);
        Break(server, "another's key");
        var bad = CertificateFiles.Read(server.CertificateDirectory);
        folder.Reload();

        await WriteAsync(server, good);
        folder.Reload();
        Assert.Null(source.Problem);

        await WriteAsync(server, bad);
        folder.Reload();
        Assert.NotNull(source.Problem);
    }

    [Fact]
    public async Task Refuses_TLS_1_2_unless_it_is_allowed()
    {
        await using var strict = await WebhookServer.StartAsync(Handler);
        await using var lenient = await WebhookServer.StartAsync([Handler], _ => { }, "--Https:AllowTls12=true");

        await Assert.ThrowsAnyAsync<Exception>(() => ServedAsync(strict, SslProtocols.Tls12));
        await ServedAsync(strict, SslProtocols.Tls13);
        await ServedAsync(lenient, SslProtocols.Tls12);
    }

    private static async Task<string> ServedAsync(WebhookServer server, SslProtocols protocols = SslProtocols.None)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync("localhost", server.Https.Port);
        await using var stream = new SslStream(socket.GetStream());
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            EnabledSslProtocols = protocols,
            RemoteCertificateValidationCallback = (_, certificate, chain, _) => server.IsTrusted(certificate, chain),
        });
        return new System.Security.Cryptography.X509Certificates.X509Certificate2(stream.RemoteCertificate!).Thumbprint;
    }

    /// <summary>As the kubelet does: files are links into a folder behind a link, which is replaced.</summary>
    private static string SwapLinks(WebhookServer server, int round)
    {
        var directory = server.CertificateDirectory;
        var content = Directory.CreateDirectory(Path.Combine(directory, $"..{round}")).FullName;
        var thumbprint = server.Certificates.Write(content);
        var link = Path.Combine(directory, "..data");
        File.CreateSymbolicLink($"{link}_tmp", content);

        // File.Move does not take a link to a folder.
        using var rename = Process.Start("mv", ["-T", $"{link}_tmp", link]);
        rename.WaitForExit();
        if (round == 0)
        {
            foreach (var name in new[] { "tls.crt", "tls.key" })
            {
                File.Delete(Path.Combine(directory, name));
                File.CreateSymbolicLink(Path.Combine(directory, name), Path.Combine(link, name));
            }
        }

        return thumbprint;
    }

    private static async Task WriteAsync(WebhookServer server, CertificateFiles files)
    {
        await File.WriteAllTextAsync(Path.Combine(server.CertificateDirectory, "tls.crt"), files.Certificate);
        await File.WriteAllTextAsync(Path.Combine(server.CertificateDirectory, "tls.key"), files.Key);
    }

    private static void Break(WebhookServer server, string fault)
    {
        var certificate = Path.Combine(server.CertificateDirectory, "tls.crt");
        var key = Path.Combine(server.CertificateDirectory, "tls.key");
        switch (fault)
        {
            case "garbage":
                File.WriteAllText(certificate, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
                break;
            case "half a key":
                server.Certificates.Write(server.CertificateDirectory);
                File.WriteAllText(key, File.ReadAllText(key)[..100]);
                break;
            case "no key":
                File.Delete(key);
                break;
            case "another's key":
                var kept = File.ReadAllText(key);
                server.Certificates.Write(server.CertificateDirectory);
                File.WriteAllText(key, kept);
                break;
            case "expired":
                server.Certificates.Write(server.CertificateDirectory, TimeSpan.FromMinutes(-5));
                break;
            default:
                File.WriteAllText(certificate, "");
                File.WriteAllText(key, "");
                break;
        }
    }
}
