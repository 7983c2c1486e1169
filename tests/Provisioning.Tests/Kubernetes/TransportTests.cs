using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Provisioning.Kubernetes;

namespace Provisioning.Tests.Kubernetes;

public sealed class TransportTests : KubeconfigTest
{
    [Fact]
    public async Task Trusts_the_cluster_s_CA_and_speaks_HTTP_2()
    {
        await using var server = await StartAsync(Authority.IssueServer("127.0.0.1"));

        await AskAsync(server, Roots(Authority.Pem));

        Assert.Equal("HTTP/2", server.Requests.Single().Protocol);
    }

    [Fact]
    public async Task Falls_back_to_HTTP_1_1_where_the_server_knows_no_other()
    {
        await using var server = await StartAsync(Authority.IssueServer("127.0.0.1"), protocols: HttpProtocols.Http1);

        await AskAsync(server, Roots(Authority.Pem));

        Assert.Equal("HTTP/1.1", server.Requests.Single().Protocol);
    }

    [Fact]
    public async Task Refuses_a_certificate_of_another_CA_even_of_the_same_name()
    {
        using var other = new TestAuthority();
        await using var server = await StartAsync(other.IssueServer("127.0.0.1"));

        await RefusesAsync(server, Roots(Authority.Pem));
    }

    [Fact]
    public async Task Refuses_a_certificate_of_another_host()
    {
        await using var server = await StartAsync(Authority.IssueServer("kubernetes.default"));

        await RefusesAsync(server, Roots(Authority.Pem));
    }

    [Fact]
    public async Task Refuses_a_certificate_that_has_expired_or_is_not_a_server_s()
    {
        await using var expired = await StartAsync(Authority.IssueExpired("127.0.0.1"));
        using var client = Authority.IssueClient("somebody");
        using var server = Authority.IssueServer("somebody");

        await RefusesAsync(expired, Roots(Authority.Pem));
        Assert.False(Roots(Authority.Pem).Trusts(client, []));
        Assert.True(Roots(Authority.Pem).Trusts(server, []));
    }

    [Fact]
    public async Task Refuses_a_private_CA_when_only_the_system_s_roots_are_trusted()
    {
        await using var server = await StartAsync(Authority.IssueServer("127.0.0.1"));

        await RefusesAsync(server, null);
    }

    [Fact]
    public async Task Checks_the_name_that_the_kubeconfig_gives_for_TLS()
    {
        await using var server = await StartAsync(Authority.IssueServer("kubernetes.default"));

        await AskAsync(server, Roots(Authority.Pem), tlsServerName: "kubernetes.default");
        await RefusesAsync(server, Roots(Authority.Pem), tlsServerName: "kubernetes.example");
    }

    [Fact]
    public async Task Accepts_a_chain_through_an_intermediate_that_the_server_shows()
    {
        using var intermediate = Authority.Intermediate();
        await using var server = await StartAsync(intermediate.IssueServer("127.0.0.1"), [intermediate.Certificate]);

        await AskAsync(server, Roots(Authority.Pem));
    }

    [Fact]
    public async Task Accepts_an_intermediate_CA_as_the_only_anchor_and_still_refuses_others()
    {
        using var intermediate = Authority.Intermediate();
        using var sibling = Authority.Intermediate();
        await using var server = await StartAsync(intermediate.IssueServer("127.0.0.1"));

        await AskAsync(server, Roots(intermediate.Pem));
        await RefusesAsync(server, Roots(sibling.Pem));
    }

    [Fact]
    public async Task Follows_a_rotated_CA_file_and_keeps_the_last_good_one_when_it_breaks()
    {
        using var next = new TestAuthority("next CA");
        var file = Folder.Write("ca.crt", Authority.Pem);
        var roots = TrustedRoots.FromFile(file, "test", NullLogger.Instance);
        await using var server = await StartAsync(next.IssueServer("127.0.0.1"));

        await RefusesAsync(server, roots);
        Folder.Write("ca.crt", next.Pem);
        await AskAsync(server, roots);
        Folder.Write("ca.crt", "-----BEGIN CERT");
        await AskAsync(server, roots);
        Folder.Write("ca.crt", Authority.Pem);
        await RefusesAsync(server, roots);
    }

    [Fact]
    public async Task Shows_its_client_certificate()
    {
        await using var server = await StartAsync(Authority.IssueServer("127.0.0.1"));
        using var transport = TestClient.Transport(new KubernetesConnection
        {
            Server = server.Address,
            Source = "test",
            Roots = Roots(Authority.Pem),
            ClientCertificate = new ClientCertificate(Authority.IssueClient("alice"), []),
        });

        await new KubernetesClient(transport).GetServerVersionAsync(default);

        Assert.Equal("CN=alice", server.Requests.Single().ClientCertificate);
    }

    [Fact]
    public async Task Reads_a_token_file_anew_every_minute()
    {
        var time = new ManualTimeProvider();
        await using var server = await StartAsync(null);
        using var transport = WithTokenFile(server, time);
        var client = new KubernetesClient(transport);

        await client.GetServerVersionAsync(default);
        Folder.Write("token", "second\n");
        await client.GetServerVersionAsync(default);
        time.Advance(TimeSpan.FromMinutes(1));
        await client.GetServerVersionAsync(default);
        File.Delete(Path.Combine(Folder.Path, "token"));
        time.Advance(TimeSpan.FromMinutes(1));
        await client.GetServerVersionAsync(default);

        Assert.Equal(
            ["Bearer first", "Bearer first", "Bearer second", "Bearer second"], server.Requests.Select(request => request.Authorization));
    }

    [Fact]
    public async Task Reads_a_token_file_anew_at_once_when_the_token_is_refused()
    {
        await using var server = await StubApiServer.StartAsync(context =>
        {
            context.Response.StatusCode = context.Request.Headers.Authorization == "Bearer second" ? 200 : 401;
            return context.Response.WriteAsync("{}");
        });
        using var transport = WithTokenFile(server, new ManualTimeProvider());
        var client = new KubernetesClient(transport);

        var refused = await Assert.ThrowsAsync<KubernetesApiException>(() => client.GetServerVersionAsync(default));
        Folder.Write("token", "second");
        await client.CreateAsync(Widget.Named("a"), WriteOptions.Default, default);

        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Equal(["Bearer first", "Bearer first", "Bearer second"], server.Requests.Select(request => request.Authorization));
        Assert.Equal(server.Requests.ElementAt(1).Body, server.Requests.ElementAt(2).Body);
    }

    [Fact]
    public async Task Keeps_the_path_that_the_server_s_address_begins_with()
    {
        await using var server = await StartAsync(null);
        using var transport = TestClient.Transport(
            new KubernetesConnection { Server = new Uri(server.Address, "/k8s/clusters/c-1/"), Source = "test" });

        await new KubernetesClient(transport).GetServerVersionAsync(default);

        Assert.Equal("/k8s/clusters/c-1/version", server.Requests.Single().Target);
    }

    [Fact]
    public async Task Serves_more_requests_at_once_than_one_connection_has_streams()
    {
        var arrived = 0;
        var all = new TaskCompletionSource();
        await using var server = await StubApiServer.StartAsync(
            async context =>
            {
                if (Interlocked.Increment(ref arrived) == 150)
                {
                    all.SetResult();
                }

                await all.Task.WaitAsync(TimeSpan.FromSeconds(30));
                await context.Response.WriteAsync("{}");
            },
            Authority.IssueServer("127.0.0.1"));
        using var transport = TestClient.Transport(
            new KubernetesConnection { Server = server.Address, Source = "test", Roots = Roots(Authority.Pem) });
        var client = new KubernetesClient(transport);

        await Task.WhenAll(Enumerable.Range(0, 150).Select(_ => client.GetServerVersionAsync(default)));

        Assert.Equal(150, server.Requests.Count);
    }

    private static TrustedRoots Roots(string pem) => TrustedRoots.FromPem(pem, "test", NullLogger.Instance);

    private static Task<StubApiServer> StartAsync(
        X509Certificate2? certificate, X509Certificate2Collection? chain = null, HttpProtocols protocols = HttpProtocols.Http1AndHttp2) =>
        StubApiServer.StartAsync(context => context.Response.WriteAsync("""{"gitVersion":"v1.36.0"}"""), certificate, chain, protocols);

    private static async Task AskAsync(StubApiServer server, TrustedRoots? roots, string? tlsServerName = null)
    {
        using var transport = TestClient.Transport(
            new KubernetesConnection { Server = server.Address, Source = "test", Roots = roots, TlsServerName = tlsServerName });
        Assert.Equal("v1.36.0", await new KubernetesClient(transport).GetServerVersionAsync(default));
    }

    private static async Task RefusesAsync(StubApiServer server, TrustedRoots? roots, string? tlsServerName = null)
    {
        var before = server.Requests.Count;
        var exception = await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync(server, roots, tlsServerName));
        Assert.Equal(HttpRequestError.SecureConnectionError, exception.HttpRequestError);
        Assert.Equal(before, server.Requests.Count);
    }

    private KubernetesTransport WithTokenFile(StubApiServer server, TimeProvider time) => TestClient.Transport(
        new KubernetesConnection
        {
            Server = server.Address,
            Source = "test",
            Token = BearerToken.FromFile(Folder.Write("token", "first"), "test", time, NullLogger.Instance),
        },
        time);
}
