using System.Security.Cryptography.X509Certificates;
using System.Text;
using Provisioning.Kubernetes;

namespace Provisioning.Tests.Kubernetes;

public sealed class ConnectionSourceTests : KubeconfigTest
{
    private const string Credential = "sup3r-secret-t0ken";

    [Fact]
    public void Reads_inline_certificates_with_an_EC_or_an_RSA_key()
    {
        foreach (var rsa in new[] { false, true })
        {
            using var client = Authority.IssueClient("alice", rsa);
            using System.Security.Cryptography.AsymmetricAlgorithm key = rsa ? client.GetRSAPrivateKey()! : client.GetECDsaPrivateKey()!;
            var oldForm = rsa
                ? ((System.Security.Cryptography.RSA)key).ExportRSAPrivateKeyPem()
                : ((System.Security.Cryptography.ECDsa)key).ExportECPrivateKeyPem();
            foreach (var keyPem in new[] { key.ExportPkcs8PrivateKeyPem(), oldForm })
            {
                var path = Write(
                    $"certificate-authority-data: {Base64(Authority.Pem)}",
                    $"{{client-certificate-data: {Base64(client.ExportCertificatePem() + "\n" + Authority.Pem)}, client-key-data: {Base64(keyPem)}}}");

                var connection = TestClient.Load(path);

                Assert.Equal("CN=alice", connection.ClientCertificate?.Certificate.Subject);
                Assert.True(connection.ClientCertificate?.Certificate.HasPrivateKey);
                Assert.Single(connection.ClientCertificate!.Intermediates);
                Assert.NotNull(connection.Roots);
                Assert.Equal(new Uri("https://api.example:6443"), connection.Server);
                Assert.Equal("team", connection.Namespace);
            }
        }
    }

    [Fact]
    public void Resolves_relative_paths_against_the_kubeconfig_s_folder()
    {
        using var client = Authority.IssueClient("bob");
        Folder.Write("pki/ca.crt", Authority.Pem);
        Folder.Write("pki/bob.crt", client.ExportCertificatePem());
        Folder.Write("pki/bob.key", client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        Folder.Write("bob.token", Credential + "\n");
        var path = Write(
            "certificate-authority: pki/ca.crt, tls-server-name: kubernetes.default",
            "{client-certificate: pki/bob.crt, client-key: ./pki/bob.key, tokenFile: bob.token, token: ignored}");

        var connection = TestClient.Load(path);

        Assert.Equal("CN=bob", connection.ClientCertificate?.Certificate.Subject);
        Assert.Equal(Credential, connection.Token?.Current());
        Assert.Equal("kubernetes.default", connection.TlsServerName);
        Assert.NotNull(connection.Roots);
    }

    [Fact]
    public void Prefers_the_option_then_the_environment_then_the_pod()
    {
        var option = Write("tls-server-name: option", "{}", "option");
        var environment = Write("tls-server-name: environment", "{}", "environment");
        var pod = ServiceAccount();
        var variables = new Dictionary<string, string> { ["KUBECONFIG"] = environment, ["KUBERNETES_SERVICE_HOST"] = "10.0.0.1", ["KUBERNETES_SERVICE_PORT"] = "443" };

        Assert.Equal("option", TestClient.Load(option, variables, pod).TlsServerName);
        Assert.Equal("environment", TestClient.Load(null, variables, pod).TlsServerName);
        Assert.Equal("environment", TestClient.Load("", variables, pod).TlsServerName);
        variables.Remove("KUBECONFIG");
        Assert.Equal(new Uri("https://10.0.0.1/"), TestClient.Load(null, variables, pod).Server);
    }

    [Fact]
    public void Uses_the_pod_s_ServiceAccount_over_IPv6_too()
    {
        var variables = new Dictionary<string, string> { ["KUBERNETES_SERVICE_HOST"] = "fd00::1", ["KUBERNETES_SERVICE_PORT"] = "6443" };

        var connection = TestClient.Load(null, variables, ServiceAccount());

        Assert.Equal("https://[fd00::1]:6443/", connection.Server.AbsoluteUri);
        Assert.Equal("provisioning", connection.Namespace);
        Assert.Equal(Credential, connection.Token?.Current());
        Assert.NotNull(connection.Roots);
        Assert.DoesNotContain(Credential, connection.ToString() + connection.Token, StringComparison.Ordinal);
    }

    [Fact]
    public void Chooses_the_context_of_the_options()
    {
        var path = Write("tls-server-name: x", "{}");

        Assert.Equal("x", TestClient.Load(path, context: "other").TlsServerName);
        Expect("no context \"missing\"", () => TestClient.Load(path, context: "missing"));
    }

    [Theory]
    [InlineData("insecure-skip-tls-verify: true", "{}", "insecure-skip-tls-verify")]
    [InlineData("proxy-url: 'ftp://a:sup3r-secret-t0ken@proxy'", "{}", "proxy-url")]
    [InlineData("tls-server-name: x", "{exec: {command: aws}}", "exec.apiVersion")]
    [InlineData("tls-server-name: x", "{exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: aws}}", "exec.apiVersion")]
    [InlineData("tls-server-name: x", "{exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never}}", "exec.command")]
    [InlineData("tls-server-name: x", "{exec: {apiVersion: client.authentication.k8s.io/v1, command: aws, args: [sup3r-secret-t0ken]}}", "exec.interactiveMode")]
    [InlineData("tls-server-name: x", "{exec: {apiVersion: client.authentication.k8s.io/v1, command: aws, interactiveMode: Sometimes}}", "exec.interactiveMode")]
    [InlineData("tls-server-name: x", "{exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: aws, env: [{value: sup3r-secret-t0ken}]}}", "exec.env")]
    [InlineData("tls-server-name: x", "{auth-provider: {name: gcp}}", "auth-provider")]
    [InlineData("tls-server-name: x", "{username: a, password: sup3r-secret-t0ken}", "username")]
    [InlineData("tls-server-name: x", "{as: \"admin\\nImpersonate-Group: system:masters\", token: sup3r-secret-t0ken}", ".as")]
    [InlineData("tls-server-name: x", "{as-uid: '4711'}", ".as")]
    [InlineData("tls-server-name: x", "{as-groups: ['system:masters']}", ".as")]
    [InlineData("certificate-authority-data: '%%%'", "{}", "certificate-authority-data")]
    [InlineData("certificate-authority-data: bm90IGEgY2VydA==", "{}", "certificate-authority-data")]
    [InlineData("certificate-authority: missing.crt", "{}", "missing.crt")]
    [InlineData("tls-server-name: x", "{tokenFile: missing.token}", "missing.token")]
    [InlineData("tls-server-name: x", "{token: 'sup3r-secret-t0ken and more'}", "token")]
    [InlineData("tls-server-name: x", "{client-key-data: c3VwM3Itc2VjcmV0LXQwa2Vu}", "client-certificate")]
    [InlineData("tls-server-name: x", "{client-key-data: c3VwM3Itc2VjcmV0LXQwa2Vu, client-certificate-data: c3VwM3Itc2VjcmV0LXQwa2Vu}", "client-certificate")]
    public void Refuses_what_it_cannot_do_in_one_line_without_a_credential(string cluster, string user, string named)
    {
        var path = Write(cluster, user);

        Expect(named, () => TestClient.Load(path));
    }

    [Theory]
    [InlineData("")]
    [InlineData("token: [sup3r-secret-t0ken")]
    [InlineData("users: sup3r-secret-t0ken")]
    [InlineData("{}")]
    [InlineData("current-context: x")]
    [InlineData("{current-context: x, contexts: [{name: x, context: {cluster: c, user: u}}]}")]
    [InlineData("{current-context: x, contexts: [null], clusters: [null]}")]
    [InlineData("{current-context: x, contexts: [{name: x, context: {cluster: c, user: u}}], clusters: [{name: c, cluster: {server: 'ftp://x'}}], users: [{name: u, user: {}}]}")]
    [InlineData("{current-context: x, contexts: [{name: x, context: {cluster: c, user: u}}], clusters: [{name: c, cluster: {server: 'https://a:sup3r-secret-t0ken@x'}}], users: [{name: u, user: {}}]}")]
    [InlineData("{current-context: x, contexts: [{name: x, context: {cluster: c, user: u}}], clusters: [{name: c, cluster: {server: 'http://x'}}], users: [{name: u, user: {token: sup3r-secret-t0ken}}]}")]
    public void Refuses_a_broken_kubeconfig_and_names_it(string content)
    {
        var path = Folder.Write("broken", content);

        Expect("broken", () => TestClient.Load(path));
    }

    [Fact]
    public void Says_where_credentials_could_come_from_when_there_are_none()
    {
        Expect("Kubernetes:Kubeconfig", () => TestClient.Load());
        Expect("KUBECONFIG", () => TestClient.Load(environment: new Dictionary<string, string> { ["KUBECONFIG"] = "/a:/b" }));
        Expect("does not exist", () => TestClient.Load("/nonexistent/kubeconfig"));
        Expect("Kubernetes:Kubeconfig", () => TestClient.Load(Folder.Path));
        Expect("ca.crt", () => TestClient.Load(environment: new Dictionary<string, string> { ["KUBERNETES_SERVICE_HOST"] = "10.0.0.1" }, serviceAccount: Folder.Path));
        Expect("KUBERNETES_SERVICE_PORT", () => TestClient.Load(
            environment: new Dictionary<string, string> { ["KUBERNETES_SERVICE_HOST"] = "10.0.0.1", ["KUBERNETES_SERVICE_PORT"] = "tcp://x" }, serviceAccount: ServiceAccount()));
    }

    private static void Expect(string named, Func<KubernetesConnection> load)
    {
        var exception = Assert.Throws<KubernetesConfigurationException>(load);
        Assert.Contains(named, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
        Assert.DoesNotContain(Credential, exception.ToString(), StringComparison.Ordinal);
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private string Write(string cluster, string user, string name = "kubeconfig") => Folder.Write(name, $$"""
        apiVersion: v1
        kind: Config
        current-context: here
        preferences: {}
        contexts:
        - name: here
          context: {cluster: c, user: u, namespace: team}
        - name: other
          context: {cluster: c, user: u}
        clusters:
        - name: c
          cluster: {server: "https://api.example:6443", {{cluster}}}
        users:
        - name: u
          user: {{user}}
        """);

    private string ServiceAccount()
    {
        Folder.Write("serviceaccount/ca.crt", Authority.Pem);
        Folder.Write("serviceaccount/token", Credential);
        Folder.Write("serviceaccount/namespace", "provisioning\n");
        return Path.Combine(Folder.Path, "serviceaccount");
    }
}
