using System.Text;
using System.Text.Json.Nodes;
using EndToEnd.ConformanceTests;
using EndToEnd.Tests.Running;
using TestPostgres;

namespace EndToEnd.Tests.Installed;

/// <summary>
/// The product as <c>manifests/</c> installs it: webhook and controller as two processes with the settings of their Deployments and the
/// tokens of their ServiceAccounts, which may do what the manifests' roles say.
/// </summary>
public class TwoRoles : Surroundings, IAsyncLifetime
{
    /// <summary>Where the product runs.</summary>
    internal const string Namespace = "k0rdent-datasource";

    /// <summary>The namespace whose Secrets the controller is configured for.</summary>
    internal const string SecretNamespace = "kcm-system";

    /// <summary>Who signed the webhook's certificate, in PEM.</summary>
    internal string AuthorityPem => Authority.CertificatePem;

    internal WebhookProcess Webhook { get; private set; } = null!;

    internal WebhookProcess Controller { get; private set; } = null!;

    /// <inheritdoc/>
    public virtual async ValueTask InitializeAsync()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var starting = TestPostgresServer.StartAsync(cancellationToken);
        await StartControlPlaneAsync(cancellationToken);

        await Kubectl.RunAsync($"create namespace {SecretNamespace}");
        var access = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "List", ["items"] = new JsonArray([.. await Manifests.AccessAsync(cancellationToken)]) };
        await Kubectl.RunAsync("apply -f -", access.ToJsonString());
        Postgres = await starting;

        Webhook = await StartAsync("webhook", cancellationToken);
        Controller = await StartAsync("controller", cancellationToken);
        await Controller.ReadyAsync(cancellationToken);
        await ServeAsync(Webhook, cancellationToken);
    }

    /// <summary>A namespace with the seed's Secrets.</summary>
    internal async Task<Tenant> CreateTenantAsync(string name)
    {
        if (name != SecretNamespace)
        {
            await Kubectl.RunAsync($"create namespace {name}");
        }

        var tenant = new Tenant(Kubectl, Postgres, () => $"{Webhook.Log}\n{Controller.Log}", name);
        await tenant.CreateSecretsAsync();
        return tenant;
    }

    /// <summary>Lets the controller at the Secrets of a namespace, as docs/install.md tells to do.</summary>
    internal Task<string> GrantSecretsAsync(string tenant) => Kubectl.RunAsync(
        $"create rolebinding k0rdent-datasource-controller --namespace {tenant} --clusterrole=k0rdent-datasource-controller-secrets "
        + $"--serviceaccount={Namespace}:k0rdent-datasource-controller");

    /// <summary>Starts one replica more.</summary>
    /// <param name="role">The folder of its Deployment below <c>manifests</c>.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    internal async Task<WebhookProcess> StartAsync(string role, CancellationToken cancellationToken)
    {
        var (environment, account) = await Manifests.ProcessAsync(role, cancellationToken);

        // What is different on this machine: ports, paths, and servers on 127.0.0.1.
        environment["Https__Port"] = environment["Management__Port"] = "0";
        environment["Https__CertificateDirectory"] = Folder.FullName;
        var (server, authorityPem) = await ApiServerAsync(cancellationToken);
        environment["Kubernetes__Kubeconfig"] = await KubeconfigAsync(account, server, authorityPem, cancellationToken);
        environment["Endpoints__AllowLoopback"] = "true";
        return Start(environment);
    }

    /// <summary>Where the next process finds the API server, and who signed the certificate there.</summary>
    private protected virtual Task<(Uri Url, string AuthorityPem)> ApiServerAsync(CancellationToken cancellationToken) =>
        Task.FromResult((ControlPlane.ServerUrl, ControlPlane.CertificateAuthority.ExportCertificatePem()));

    private async Task<string> KubeconfigAsync(string account, Uri server, string authorityPem, CancellationToken cancellationToken)
    {
        using var api = RawApi.Admin(ControlPlane);
        var (code, answer, _) = await api.SendAsync(
            "POST",
            $"/api/v1/namespaces/{Namespace}/serviceaccounts/{account}/token",
            """{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{}}""");
        Assert.True(code == 201, $"No token for {account}: {code} {answer["message"]}");
        var path = Path.Combine(Folder.FullName, $"{Processes.Count}.kubeconfig");
        await File.WriteAllTextAsync(
            path,
            $"""
            apiVersion: v1
            kind: Config
            current-context: test
            clusters:
            - name: test
              cluster:
                server: {server.GetLeftPart(UriPartial.Authority)}
                certificate-authority-data: {Convert.ToBase64String(Encoding.ASCII.GetBytes(authorityPem))}
            contexts:
            - name: test
              context: {Context(account)}
            users:
            - name: {account}
              user:
                token: {answer["status"]!["token"]}
            """,
            cancellationToken);
        return path;
    }

    private static string Context(string account) => $"{{cluster: test, user: {account}, namespace: {Namespace}}}";
}
