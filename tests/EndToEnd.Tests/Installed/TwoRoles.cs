using System.Text;
using System.Text.Json.Nodes;
using ControlPlane;
using EndToEnd.ConformanceTests;
using EndToEnd.Tests.Running;
using TestPostgres;

namespace EndToEnd.Tests.Installed;

/// <summary>
/// The product as <c>manifests/</c> installs it: webhook and controller as two processes with the settings of their Deployments and the
/// tokens of their ServiceAccounts, which may do what the manifests' roles say.
/// </summary>
public sealed class TwoRoles : IAsyncLifetime
{
    /// <summary>Where the product runs.</summary>
    internal const string Namespace = "k0rdent-datasource";

    /// <summary>The namespace whose Secrets the controller is configured for.</summary>
    internal const string SecretNamespace = "kcm-system";

    /// <summary>Ours, or k0rdent's and Flux's own in the folder that <c>K0RDENT_CRDS</c> names: <c>manifests/k0rdent</c> works with those.</summary>
    private static readonly string[] Definitions = Environment.GetEnvironmentVariable("K0RDENT_CRDS") is { Length: > 0 } folder
        ? [folder]
        : [Repository.Path("manifests/crds"), Repository.Path("tests/ControlPlane/crds")];

    private readonly TestCertificateAuthority authority = new();
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("two-roles-");
    private IControlPlane? controlPlane;
    private TestPostgresServer? postgres;
    private Kubectl? kubectl;
    private WebhookProcess? webhook;
    private WebhookProcess? controller;

    internal IControlPlane ControlPlane => controlPlane!;

    internal TestPostgresServer Postgres => postgres!;

    /// <summary>As a cluster administrator.</summary>
    internal Kubectl Kubectl => kubectl!;

    /// <summary>Who signed the webhook's certificate, in PEM.</summary>
    internal string AuthorityPem => authority.CertificatePem;

    internal WebhookProcess Webhook => webhook!;

    internal WebhookProcess Controller => controller!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var starting = TestPostgresServer.StartAsync(cancellationToken);
        controlPlane = await ControlPlanes.StartAsync(new ControlPlaneOptions(), cancellationToken);
        kubectl = Kubectl.Admin(controlPlane);
        foreach (var definitions in Definitions)
        {
            await controlPlane.InstallCustomResourceDefinitionsAsync(definitions, cancellationToken);
        }

        await kubectl.RunAsync($"create namespace {SecretNamespace}");
        var access = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "List", ["items"] = new JsonArray([.. await Manifests.AccessAsync(cancellationToken)]) };
        await kubectl.RunAsync("apply -f -", access.ToJsonString());
        postgres = await starting;

        webhook = await StartAsync("webhook", cancellationToken);
        controller = await StartAsync("controller", cancellationToken);
        await webhook.ReadyAsync(cancellationToken);
        await controller.ReadyAsync(cancellationToken);
        await controlPlane.InstallProductAsync(await webhook.AdmissionUrl, authority.CertificatePem, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var process in new[] { controller, webhook }.OfType<WebhookProcess>())
        {
            TestContext.Current.SendDiagnosticMessage("{0}", process.Log);
            await process.DisposeAsync();
        }

        kubectl?.Dispose();
        if (controlPlane is not null)
        {
            await controlPlane.DisposeAsync();
        }

        if (postgres is not null)
        {
            await postgres.DisposeAsync();
        }

        authority.Dispose();
        directory.Delete(recursive: true);
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

    private async Task<WebhookProcess> StartAsync(string folder, CancellationToken cancellationToken)
    {
        var (environment, account) = await Manifests.ProcessAsync(folder, cancellationToken);
        await authority.WriteCertificateAsync(directory, cancellationToken);

        // What is different on this machine: ports, paths, and servers on 127.0.0.1.
        environment["Https__Port"] = environment["Management__Port"] = "0";
        environment["Https__CertificateDirectory"] = directory.FullName;
        environment["Kubernetes__Kubeconfig"] = await KubeconfigAsync(account, cancellationToken);
        environment["Endpoints__AllowLoopback"] = "true";
        return WebhookProcess.Start(environment);
    }

    private async Task<string> KubeconfigAsync(string account, CancellationToken cancellationToken)
    {
        using var api = RawApi.Admin(ControlPlane);
        var (code, answer, _) = await api.SendAsync(
            "POST",
            $"/api/v1/namespaces/{Namespace}/serviceaccounts/{account}/token",
            """{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{}}""");
        Assert.True(code == 201, $"No token for {account}: {code} {answer["message"]}");
        var path = Path.Combine(directory.FullName, $"{account}.kubeconfig");
        await File.WriteAllTextAsync(
            path,
            $"""
            apiVersion: v1
            kind: Config
            current-context: test
            clusters:
            - name: test
              cluster:
                server: {ControlPlane.ServerUrl.GetLeftPart(UriPartial.Authority)}
                certificate-authority-data: {Convert.ToBase64String(Encoding.ASCII.GetBytes(ControlPlane.CertificateAuthority.ExportCertificatePem()))}
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
