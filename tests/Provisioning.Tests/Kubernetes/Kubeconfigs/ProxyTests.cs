using System.Text;
using Microsoft.AspNetCore.Http;
using Provisioning.Kubernetes;

namespace Provisioning.Tests.Kubernetes.Kubeconfigs;

/// <summary><c>proxy-url</c>, <c>tls-server-name</c> and <c>insecure-skip-tls-verify</c> of a kubeconfig, over real connections.</summary>
public sealed class ProxyTests : KubeconfigTest
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("http://127.0.0.1:{0}", null)]
    [InlineData("http://me:s%40cret@127.0.0.1:{0}", "me:s@cret")]
    [InlineData("socks5://127.0.0.1:{0}", null)]
    public async Task The_API_server_is_reached_through_the_proxy_and_still_proves_its_own_name(string url, string? login)
    {
        using var certificate = Authority.IssueServer("api.example");
        await using var server = await StubApiServer.StartAsync(context => context.Response.WriteAsync("{}"), certificate);
        await using var proxy = new TestProxy(server.Address, login);

        await AskAsync("https://api.example:6443", $"proxy-url: '{string.Format(System.Globalization.CultureInfo.InvariantCulture, url, proxy.Port)}'");

        Assert.Equal(["api.example:6443"], proxy.Tunnels);
        Assert.Equal("Bearer through", server.Requests.Single().Authorization);
        await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync("https://other.example:6443", $"proxy-url: 'http://127.0.0.1:{proxy.Port}'"));
    }

    [Fact]
    public async Task A_refusing_proxy_s_login_is_in_no_message()
    {
        await using var proxy = new TestProxy(new Uri("http://127.0.0.1:1"), "me:other");

        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync("https://api.example:6443", $"proxy-url: 'http://me:s3cret@127.0.0.1:{proxy.Port}'"));

        Assert.Contains("407", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_verified_where_a_person_s_kubeconfig_says_so()
    {
        using var certificate = Authority.IssueExpired("elsewhere");
        await using var server = await StubApiServer.StartAsync(context => context.Response.WriteAsync("{}"), certificate);
        var skipping = Write(server.Address.ToString(), "insecure-skip-tls-verify: true");
        using var transport = TestClient.Transport(TestClient.Load(skipping, overrides: new KubeconfigOverrides { ObeysSkippedVerification = true }));

        await new KubernetesClient(transport).GetServerVersionAsync(Token);

        Assert.Equal("Bearer through", server.Requests.Single().Authorization);
    }

    private async Task AskAsync(string server, string cluster)
    {
        var ca = Convert.ToBase64String(Encoding.ASCII.GetBytes(Authority.Pem));
        using var transport = TestClient.Transport(TestClient.Load(Write(server, $"certificate-authority-data: {ca}, {cluster}")));
        await new KubernetesClient(transport).GetServerVersionAsync(Token);
    }

    private string Write(string server, string cluster) => Folder.Write("config", $$"""
        current-context: x
        clusters: [{name: c, cluster: {server: "{{server}}", {{cluster}} } }]
        contexts: [{name: x, context: {cluster: c, user: u} }]
        users: [{name: u, user: {token: through} }]
        """);
}
