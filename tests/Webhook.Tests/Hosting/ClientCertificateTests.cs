using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.DependencyInjection;
using Webhook.Admission;
using Webhook.Hosting;
using Webhook.Tests.Admission;

namespace Webhook.Tests.Hosting;

/// <summary>Only callers with a certificate of the configured authority get an answer, whichever way they come.</summary>
public sealed class ClientCertificateTests : IAsyncLifetime
{
    private static readonly ScriptedHandler Handler = new("datasources", _ => new AdmissionDecision.Allowed());
    private static readonly string Body = Reviews.ReadText("datasource-create");
    private readonly string folder = Directory.CreateTempSubdirectory("webhook-test-").FullName;
    private readonly CallerAuthority authority = new();
    private readonly CallerAuthority other = new();

    private string AuthorityFile => Path.Combine(folder, "callers.crt");

    public async ValueTask InitializeAsync() => await File.WriteAllTextAsync(AuthorityFile, authority.Pem);

    public ValueTask DisposeAsync()
    {
        authority.Dispose();
        other.Dispose();
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("no certificate", "missing")]
    [InlineData("another authority", "untrusted")]
    [InlineData("another usage", "untrusted")]
    [InlineData("another name", "name")]
    [InlineData("expired", "expired")]
    public async Task Refuses_in_the_handshake(string fault, string reason)
    {
        await using var server = await StartAsync("kube-apiserver");
        var certificate = fault switch
        {
            "no certificate" => null,
            "another authority" => other.Issue("kube-apiserver"),
            "another usage" => authority.Issue("kube-apiserver", usage: "1.3.6.1.5.5.7.3.1"),
            "another name" => authority.Issue("kubelet", dnsName: "kube-apiserver.example"),
            _ => authority.Issue("kube-apiserver", lifetime: TimeSpan.FromMinutes(-1)),
        };

        using var client = Client(server, certificate);
        await Assert.ThrowsAsync<HttpRequestException>(() => client.PostAsync("/validate", WebhookServer.Json(Body)));

        using var management = new HttpClient { BaseAddress = server.Management };
        Assert.Contains(
            $"webhook_client_certificate_refusals_total{{reason=\"{reason}\"}} 1", await management.GetStringAsync("/metrics"), StringComparison.Ordinal);
        Assert.Single(server.Logs.Lines, line => line.StartsWith("Warning 6007", StringComparison.Ordinal) && line.Contains($": {reason} ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("kube-apiserver", null, false)]
    [InlineData("kube-apiserver", null, true)]
    [InlineData("somebody", "kube-apiserver", false)]
    public async Task Answers_who_has_a_name_that_is_allowed(string commonName, string? dnsName, bool throughIntermediate)
    {
        await using var server = await StartAsync("front", "kube-apiserver");
        using var client = Client(server, authority.Issue(commonName, dnsName, throughIntermediate: throughIntermediate));

        using var answer = await client.PostAsync("/validate", WebhookServer.Json(Body));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Without_names_every_certificate_of_the_authority_is_good()
    {
        await using var server = await StartAsync();

        Assert.True(await IsAnsweredAsync(server, authority.Issue("anybody")));
        Assert.False(await IsAnsweredAsync(server, other.Issue("anybody")));
        Assert.False(await IsAnsweredAsync(server, null));
    }

    [Fact]
    public async Task Follows_a_change_of_the_authorities_and_keeps_the_last_good_ones()
    {
        await using var server = await StartAsync();
        var check = server.App.Services.GetRequiredService<ClientCertificateCheck>();
        using var management = new HttpClient { BaseAddress = server.Management };

        await File.WriteAllTextAsync(AuthorityFile, other.Pem);
        check.Reload();
        Assert.True(await IsAnsweredAsync(server, other.Issue("a")));
        Assert.False(await IsAnsweredAsync(server, authority.Issue("a")));

        await File.WriteAllTextAsync(AuthorityFile, "");
        check.Reload();
        Assert.True(await IsAnsweredAsync(server, other.Issue("a")));
        Assert.Contains("[!]certificate degraded: Checking callers", await Readiness(management), StringComparison.Ordinal);

        File.Delete(AuthorityFile);
        check.Reload();
        Assert.True(await IsAnsweredAsync(server, other.Issue("a")));

        await File.WriteAllTextAsync(AuthorityFile, other.Pem);
        check.Reload();
        Assert.Null(check.Problem);
    }

    [Fact]
    public async Task A_changed_file_is_read_by_itself()
    {
        await using var server = await StartAsync([], "--Https:ReloadInterval=00:00:01");
        await File.WriteAllTextAsync(AuthorityFile, other.Pem);

        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await IsAnsweredAsync(server, other.Issue("a")))
        {
            await Task.Delay(50, deadline.Token);
        }
    }

    [Theory]
    [InlineData(false, "-tls1_3")]
    [InlineData(true, "-tls1_3")]
    [InlineData(true, "-tls1_2")]
    public async Task A_resumed_session_gets_nobody_in(bool isChecked, string version)
    {
        // Without the check, to see that openssl does resume: else this test could not fail.
        await using var server = isChecked
            ? await StartAsync([], "--Https:AllowTls12=true")
            : await WebhookServer.StartAsync([Handler], _ => { }, "--Https:AllowTls12=true");
        await WriteCallerAsync(authority.Issue("kube-apiserver"));
        var session = Path.Combine(folder, "session");

        var first = await OpenSslAsync(server, [version, "-cert", $"{folder}/caller.crt", "-key", $"{folder}/caller.key", "-sess_out", session]);
        Assert.Contains("HTTP/1.1 405", first, StringComparison.Ordinal);
        Assert.Contains("New, TLSv1", first, StringComparison.Ordinal);

        if (!isChecked)
        {
            Assert.Contains("Reused, TLSv1", await OpenSslAsync(server, [version, "-sess_in", session]), StringComparison.Ordinal);
            return;
        }

        // With the session of a good caller but without its certificate, and with its certificate after the authority was replaced.
        string[] resuming = File.Exists(session) ? ["-sess_in", session] : [];
        var bare = await OpenSslAsync(server, [version, .. resuming]);
        Assert.DoesNotContain("HTTP/1.1", bare, StringComparison.Ordinal);
        var whole = await OpenSslAsync(server, [version, .. resuming, "-cert", $"{folder}/caller.crt", "-key", $"{folder}/caller.key"]);
        Assert.Contains("HTTP/1.1 405", whole, StringComparison.Ordinal);
        Assert.Contains("New, TLSv1", whole, StringComparison.Ordinal);

        await File.WriteAllTextAsync(AuthorityFile, other.Pem);
        server.App.Services.GetRequiredService<ClientCertificateCheck>().Reload();
        var replaced = await OpenSslAsync(server, [version, .. resuming, "-cert", $"{folder}/caller.crt", "-key", $"{folder}/caller.key"]);
        Assert.DoesNotContain("HTTP/1.1", replaced, StringComparison.Ordinal);
    }

    private static async Task<string> Readiness(HttpClient management)
    {
        using var answer = await management.GetAsync("/readyz?verbose");
        return await answer.Content.ReadAsStringAsync();
    }

    private async Task WriteCallerAsync(SslStreamCertificateContext caller)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "caller.crt"), caller.TargetCertificate.ExportCertificatePem());
        await File.WriteAllTextAsync(Path.Combine(folder, "caller.key"), caller.TargetCertificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
    }

    private static async Task<string> OpenSslAsync(WebhookServer server, string[] arguments)
    {
        using var openssl = Process.Start(new ProcessStartInfo("openssl", ["s_client", "-connect", $"localhost:{server.Https.Port}", "-ign_eof", .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = openssl.StandardOutput.ReadToEndAsync();
        var error = openssl.StandardError.ReadToEndAsync();
        try
        {
            await openssl.StandardInput.WriteAsync("GET /validate HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            openssl.StandardInput.Close();
        }
        catch (IOException)
        {
            // Refused before it could ask.
        }

        await openssl.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        return await output + await error;
    }

    private Task<WebhookServer> StartAsync(params string[] names) => StartAsync(names, "--Shutdown:DrainDuration=00:00:00");

    private Task<WebhookServer> StartAsync(string[] names, string setting) => WebhookServer.StartAsync(
        [Handler],
        _ => { },
        [
            $"--Https:ClientCertificate:CertificateAuthorityFile={AuthorityFile}",
            .. names.Select((name, index) => $"--Https:ClientCertificate:AllowedNames:{index}={name}"),
            setting,
        ]);

    private static async Task<bool> IsAnsweredAsync(WebhookServer server, SslStreamCertificateContext? certificate)
    {
        using var client = Client(server, certificate);
        try
        {
            using var answer = await client.PostAsync("/validate", WebhookServer.Json(Body));
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static HttpClient Client(WebhookServer server, SslStreamCertificateContext? certificate)
    {
        var handler = new SocketsHttpHandler();
        handler.SslOptions.ClientCertificateContext = certificate;
        handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, chain, _) => server.IsTrusted(shown, chain);
        return new HttpClient(handler) { BaseAddress = server.Https, Timeout = TimeSpan.FromSeconds(30) };
    }
}
