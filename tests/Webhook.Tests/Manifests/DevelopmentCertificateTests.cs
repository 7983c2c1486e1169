using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Webhook.Tests.Manifests;

public sealed class DevelopmentCertificateTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("development-certificates-").FullName;

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("localhost", true)]
    [InlineData("webhook.example.svc", true)]
    [InlineData("::1", true)]
    [InlineData("127.0.0.2", false)]
    [InlineData("other.example", false)]
    public async Task A_client_that_trusts_the_authority_accepts_the_server_under_the_names_given(string name, bool isAccepted)
    {
        await MakeAsync("127.0.0.1", "localhost", "webhook.example.svc", "::1");
        using var authority = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(directory, "ca.crt"));

        var connecting = ConnectAsync(name, authority);

        if (isAccepted)
        {
            await connecting;
        }
        else
        {
            await Assert.ThrowsAsync<AuthenticationException>(() => connecting);
        }
    }

    [Fact]
    public async Task Only_the_owner_can_read_the_key_and_the_authoritys_key_is_gone()
    {
        await MakeAsync("localhost");

        Assert.Equal(["ca.crt", "tls.crt", "tls.key"], Directory.GetFileSystemEntries(directory).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal("600\n", (await Tool.RunAsync("stat", "--format=%a", Path.Combine(directory, "tls.key"))).Output);
    }

    [Fact]
    public async Task A_second_run_replaces_everything_by_another_authority()
    {
        await MakeAsync("localhost");
        var first = await File.ReadAllTextAsync(Path.Combine(directory, "ca.crt"), TestContext.Current.CancellationToken);
        await MakeAsync("localhost");

        Assert.NotEqual(first, await File.ReadAllTextAsync(Path.Combine(directory, "ca.crt"), TestContext.Current.CancellationToken));
        using var authority = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(directory, "ca.crt"));
        await ConnectAsync("localhost", authority);
    }

    [Theory]
    [InlineData("a,DNS:evil.example")]
    [InlineData("a b")]
    [InlineData("")]
    public async Task A_host_that_is_none_is_refused(string host)
    {
        Tool.Require("openssl");

        var (exitCode, _, error) = await Tool.RunAsync("bash", "certs/development.sh", directory, host);

        Assert.Equal(2, exitCode);
        Assert.Contains("neither a DNS name nor an IP address", error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(directory));
    }

    public void Dispose() => Directory.Delete(directory, recursive: true);

    private async Task MakeAsync(params string[] hosts)
    {
        Tool.Require("openssl");
        var (exitCode, _, error) = await Tool.RunAsync("bash", ["certs/development.sh", directory, .. hosts]);
        Assert.Equal((0, ""), (exitCode, error));
    }

    private async Task ConnectAsync(string name, X509Certificate2 authority)
    {
        using var certificate = X509Certificate2.CreateFromPemFile(Path.Combine(directory, "tls.crt"), Path.Combine(directory, "tls.key"));
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeAsync(listener, certificate);
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, TestContext.Current.CancellationToken);
        await using var stream = new SslStream(client.GetStream());
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(authority);
        try
        {
            await stream.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions { TargetHost = name, CertificateChainPolicy = policy }, TestContext.Current.CancellationToken);
        }
        finally
        {
            client.Close();
            await serving;
        }
    }

    private static async Task ServeAsync(TcpListener listener, X509Certificate2 certificate)
    {
        using var connection = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        await using var stream = new SslStream(connection.GetStream());
        try
        {
            await stream.AuthenticateAsServerAsync(certificate);
        }
        catch (Exception exception) when (exception is IOException or AuthenticationException)
        {
            // The client went: what it thought of the certificate is what the test looks at.
        }
    }
}
