using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Provisioning.Kubernetes;

namespace Provisioning.Tests.Kubernetes.Kubeconfigs;

/// <summary>Credential plugins (exec) as real processes: shell scripts.</summary>
public sealed class CredentialPluginTests : KubeconfigTest
{
    private const string Credential = "sup3r-secret-t0ken";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("v1")]
    [InlineData("v1beta1")]
    public async Task A_token_is_used_until_it_expires_and_the_plugin_runs_once_meanwhile(string version)
    {
        var time = new ManualTimeProvider();
        await using var server = await StubApiServer.StartAsync(context => context.Response.WriteAsync("{}"));
        var expiration = time.GetUtcNow().AddMinutes(5).ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);
        var plugin = new TestPlugin(Folder, server.Address);
        var connection = plugin.Load(
            $$"""
            echo run >> $FOLDER/runs
            echo '{{TestPlugin.Answer($"\"token\":\"NUMBER\",\"expirationTimestamp\":\"{expiration}\"", version)}}' | sed "s/NUMBER/token-$(grep -c run $FOLDER/runs)/"
            """,
            time,
            version);
        using var transport = TestClient.Transport(connection, time);
        var client = new KubernetesClient(transport);

        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => client.GetServerVersionAsync(Token)));
        time.Advance(TimeSpan.FromMinutes(5));
        await client.GetServerVersionAsync(Token);

        Assert.Equal([.. Enumerable.Repeat("Bearer token-1", 5), "Bearer token-2"], server.Requests.Select(request => request.Authorization));
    }

    [Fact]
    public async Task The_plugin_is_asked_again_when_its_credential_is_refused_and_the_refusal_stands_when_it_gives_the_same()
    {
        await using var server = await StubApiServer.StartAsync(context =>
        {
            context.Response.StatusCode = context.Request.Headers.Authorization == "Bearer second" ? 200 : 401;
            return context.Response.WriteAsync("{}");
        });
        var plugin = new TestPlugin(Folder, server.Address);
        Folder.Write("answer", TestPlugin.Answer("\"token\":\"first\""));
        using var transport = TestClient.Transport(plugin.Load("cat $FOLDER/answer; echo >> $FOLDER/runs"));
        var client = new KubernetesClient(transport);

        var refusal = await Assert.ThrowsAsync<KubernetesApiException>(() => client.GetServerVersionAsync(Token));
        Folder.Write("answer", TestPlugin.Answer("\"token\":\"second\""));
        await client.GetServerVersionAsync(Token);

        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, refusal.StatusCode);
        Assert.Equal(["Bearer first", "Bearer first", "Bearer second"], server.Requests.Select(request => request.Authorization));
        Assert.Equal(3, (await File.ReadAllLinesAsync(plugin.File("runs"), Token)).Length);
    }

    [Fact]
    public async Task A_certificate_is_shown_and_another_one_on_new_connections()
    {
        using var certificate = Authority.IssueServer("127.0.0.1");
        await using var server = await StubApiServer.StartAsync(
            context =>
            {
                context.Response.StatusCode = Folder.Has("refuse") && context.Connection.ClientCertificate?.Subject == "CN=alice" ? 401 : 200;
                return context.Response.WriteAsync("{}");
            },
            certificate);
        using var alice = Authority.IssueClient("alice");
        using var bob = Authority.IssueClient("bob");
        Folder.Write("answer", Pair(alice));
        var plugin = new TestPlugin(Folder, server.Address)
        {
            Cluster = $"certificate-authority-data: {Convert.ToBase64String(Encoding.ASCII.GetBytes(Authority.Pem))}",
        };
        using var transport = TestClient.Transport(plugin.Load("cat $FOLDER/answer"));
        var client = new KubernetesClient(transport);

        await client.GetServerVersionAsync(Token);
        Folder.Write("answer", Pair(bob));
        Folder.Write("refuse", "");
        await client.GetServerVersionAsync(Token);

        Assert.Equal(["CN=alice", "CN=alice", "CN=bob"], server.Requests.Select(request => request.ClientCertificate));
    }

    [Fact]
    public async Task The_plugin_is_told_of_the_cluster_when_it_is_to_know_it()
    {
        await using var server = await StubApiServer.StartAsync(context => context.Response.WriteAsync("{}"));
        var plugin = new TestPlugin(Folder, server.Address)
        {
            Cluster = $$"""
                tls-server-name: api, certificate-authority-data: {{Convert.ToBase64String(Encoding.ASCII.GetBytes(Authority.Pem))}},
                    extensions: [{name: client.authentication.k8s.io/exec, extension: {audience: "4711", hops: 3, deep: {on: true, list: [a, null]} } }, {name: other, extension: {} }]
                """,
            Exec = "interactiveMode: Never, provideClusterInfo: true, args: [--one, 'two words']",
        };
        using var transport = TestClient.Transport(plugin.Load(
            $"""
            printf %s "$KUBERNETES_EXEC_INFO" > $FOLDER/told; printf '%s|' "$@" > $FOLDER/arguments; cat > $FOLDER/typed
            echo '{TestPlugin.Answer("\"token\":\"x\"")}'
            """));

        await new KubernetesClient(transport).GetServerVersionAsync(Token);

        var told = JsonNode.Parse(await File.ReadAllTextAsync(plugin.File("told"), Token))!;
        Assert.Equal(
            """
            {"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"interactive":false,"cluster":{"server":"(SERVER)","tls-server-name":"api","certificate-authority-data":"(CA)","config":{"audience":"4711","hops":3,"deep":{"on":true,"list":["a",null]}}}}}
            """.Replace("(SERVER)", server.Address.ToString(), StringComparison.Ordinal),
            told.ToJsonString().Replace(told["spec"]!["cluster"]!["certificate-authority-data"]!.ToJsonString().Trim('"'), "(CA)", StringComparison.Ordinal));
        Assert.Equal(Authority.Pem, Encoding.ASCII.GetString(Convert.FromBase64String(told["spec"]!["cluster"]!["certificate-authority-data"]!.GetValue<string>())));
        Assert.Equal("--one|two words|", await File.ReadAllTextAsync(plugin.File("arguments"), Token));
        Assert.Equal("", await File.ReadAllTextAsync(plugin.File("typed"), Token));
    }

    [Fact]
    public async Task A_missing_plugin_is_named_with_the_hint_for_its_installation()
    {
        var plugin = new TestPlugin(Folder, new Uri("https://127.0.0.1:1"))
        {
            Exec = "interactiveMode: Never, installHint: \"Get it:\\n  brew install it\"",
        };

        var missing = await FailAsync(plugin.LoadCommand("no-such-plugin"));
        var misplaced = await FailAsync(plugin.LoadCommand("./bin/no-such-plugin"));

        Assert.EndsWith("config: users[u].user.exec: the plugin no-such-plugin was not found; install it, or correct the kubeconfig.\n\nGet it:\n  brew install it", missing, StringComparison.Ordinal);
        Assert.Contains("the plugin ./bin/no-such-plugin was not found", misplaced, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("echo sup3r-secret-t0ken; exit 3", "failed with exit code 3")]
    [InlineData("echo sup3r-secret-t0ken", "did not answer with an ExecCredential")]
    [InlineData("echo '{\"kind\":\"Secret\",\"status\":{\"token\":\"sup3r-secret-t0ken\"}}'", "did not answer with an ExecCredential")]
    [InlineData("echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1beta1\",\"status\":{\"token\":\"sup3r-secret-t0ken\"}}'", "did not answer in client.authentication.k8s.io/v1,")]
    [InlineData("echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\"}'", "gave neither a token nor a client certificate")]
    [InlineData("echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\",\"status\":{\"token\":\"sup3r-secret-t0ken and more\"}}'", "no usable bearer token")]
    [InlineData("echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\",\"status\":{\"clientKeyData\":\"sup3r-secret-t0ken\"}}'", "only one of clientCertificateData and clientKeyData")]
    [InlineData("echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\",\"status\":{\"clientKeyData\":\"sup3r-secret-t0ken\",\"clientCertificateData\":\"sup3r-secret-t0ken\"}}'", "are not a matching pair")]
    public async Task What_a_plugin_does_wrong_is_said_without_its_output_or_its_arguments(string script, string said)
    {
        var plugin = new TestPlugin(Folder, new Uri("https://127.0.0.1:1")) { Exec = $"interactiveMode: Never, args: [{Credential}]" };

        Assert.Contains(said, await FailAsync(plugin.Load(script)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plugin_that_waits_for_ever_ends_with_the_call()
    {
        var plugin = new TestPlugin(Folder, new Uri("https://127.0.0.1:1"));
        using var transport = TestClient.Transport(plugin.Load("echo $$ > $FOLDER/pid; exec sleep 600"));
        using var ended = new CancellationTokenSource();

        var call = new KubernetesClient(transport).GetServerVersionAsync(ended.Token);
        while (!Folder.Has("pid") || (await File.ReadAllTextAsync(plugin.File("pid"), Token)).Length == 0)
        {
            await Task.Yield();
        }

        var process = System.Diagnostics.Process.GetProcessById(int.Parse((await File.ReadAllTextAsync(plugin.File("pid"), Token)).Trim(), System.Globalization.CultureInfo.InvariantCulture));
        await ended.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await process.WaitForExitAsync(Token);
    }

    private static string Pair(X509Certificate2 certificate) => TestPlugin.Answer(
        $"\"clientCertificateData\":{JsonValue.Create(certificate.ExportCertificatePem())!.ToJsonString()},\"clientKeyData\":{JsonValue.Create(certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem())!.ToJsonString()}");

    private static async Task<string> FailAsync(KubernetesConnection connection)
    {
        using var transport = TestClient.Transport(connection);
        var exception = await Assert.ThrowsAsync<KubernetesConfigurationException>(() => new KubernetesClient(transport).GetServerVersionAsync(Token));
        Assert.DoesNotContain(Credential, exception.ToString(), StringComparison.Ordinal);
        return exception.Message;
    }
}
