using ControlPlane;
using EndToEnd.ConformanceTests;
using TestPostgres;

namespace EndToEnd.Tests.Running;

/// <summary>
/// Everything that the main job needs, running: a control plane with the CRDs and webhook configurations of <c>manifests/</c>, the product as a
/// process, a PostgreSQL with an admin that is no superuser, and kubectl. Each test class uses namespaces of its own.
/// </summary>
public class Installation : IAsyncLifetime
{
    private readonly TestCertificateAuthority authority = new();
    private readonly DirectoryInfo certificates = Directory.CreateTempSubdirectory("webhook-");
    private IControlPlane? controlPlane;
    private TestPostgresServer? postgres;
    private WebhookProcess? webhook;
    private Kubectl? kubectl;

    /// <summary>Whether k0rdent's, Flux's and k0smotron's kinds are there from the beginning.</summary>
    private protected virtual bool HasNeighbours => true;

    internal IControlPlane ControlPlane => controlPlane!;

    internal TestPostgresServer Postgres => postgres!;

    internal WebhookProcess Webhook => webhook!;

    /// <summary>As a cluster administrator.</summary>
    internal Kubectl Kubectl => kubectl!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var starting = TestPostgresServer.StartAsync(cancellationToken);
        controlPlane = await ControlPlanes.StartAsync(new ControlPlaneOptions(), cancellationToken);
        kubectl = Kubectl.Admin(controlPlane);
        await controlPlane.InstallCustomResourceDefinitionsAsync(Repository.Path("manifests/crds"), cancellationToken);
        if (HasNeighbours)
        {
            await controlPlane.InstallCustomResourceDefinitionsAsync(Repository.Path("tests/ControlPlane/crds"), cancellationToken);
        }

        postgres = await starting;

        webhook = WebhookProcess.Start(await EnvironmentAsync(cancellationToken));
        await webhook.ReadyAsync(cancellationToken);
        await controlPlane.InstallProductAsync(await webhook.AdmissionUrl, authority.CertificatePem, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (webhook is not null)
        {
            TestContext.Current.SendDiagnosticMessage("{0}", webhook.Log);
            await webhook.DisposeAsync();
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
        certificates.Delete(recursive: true);
    }

    /// <summary>A namespace with the seed's Secrets: <c>auth-secret</c> and <c>db-ca-secret</c>.</summary>
    internal async Task<Tenant> CreateTenantAsync(string name)
    {
        await Kubectl.RunAsync($"create namespace {name}");
        var tenant = new Tenant(Kubectl, Postgres, () => Webhook.Log, name);
        await tenant.CreateSecretsAsync();
        return tenant;
    }

    private async Task<Dictionary<string, string>> EnvironmentAsync(CancellationToken cancellationToken)
    {
        await authority.WriteCertificateAsync(certificates, cancellationToken);
        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Kubernetes__Kubeconfig"] = ControlPlane.AdminKubeconfigPath,
            ["Https__CertificateDirectory"] = certificates.FullName,
            ["Endpoints__AllowLoopback"] = "true",
        };
    }
}
