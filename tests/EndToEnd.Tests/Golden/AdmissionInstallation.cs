using ControlPlane;
using EndToEnd.ConformanceTests;
using EndToEnd.Tests.Running;
using TestPostgres;

namespace EndToEnd.Tests.Golden;

/// <summary>
/// The webhook alone, as an operator with a strict policy on endpoints runs it, in front of a control plane: nothing provisions, so that each
/// answer depends on what was typed and on nothing else.
/// </summary>
public sealed class AdmissionInstallation : IAsyncLifetime
{
    private readonly TestCertificateAuthority authority = new();
    private readonly DirectoryInfo certificates = Directory.CreateTempSubdirectory("golden-");
    private readonly Dictionary<string, Kubectl> users = new(StringComparer.Ordinal);
    private IControlPlane? controlPlane;
    private WebhookProcess? webhook;

    /// <summary>Everything that the webhook has written so far.</summary>
    internal string Log => webhook!.Log;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        controlPlane = await ControlPlanes.StartAsync(new ControlPlaneOptions(), cancellationToken);
        await controlPlane.InstallCustomResourceDefinitionsAsync(Repository.Path("manifests/crds"), cancellationToken);
        await controlPlane.InstallCustomResourceDefinitionsAsync(Repository.Path("tests/ControlPlane/crds"), cancellationToken);
        await authority.WriteCertificateAsync(certificates, cancellationToken);
        webhook = WebhookProcess.Start(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Kubernetes__Kubeconfig"] = controlPlane.AdminKubeconfigPath,
            ["Https__CertificateDirectory"] = certificates.FullName,
            ["Provisioning__Enabled"] = "false",
            ["Endpoints__AllowedHostSuffixes__0"] = "example.com",
            ["Endpoints__AllowedHostSuffixes__1"] = "db",
            ["Endpoints__AllowedHostSuffixes__2"] = "cluster.local",
            ["Endpoints__AllowedNetworks__0"] = "10.0.0.0/8",
        });
        await webhook.ReadyAsync(cancellationToken);
        await controlPlane.InstallProductAsync(await webhook.AdmissionUrl, authority.CertificatePem, cancellationToken);
    }

    /// <summary>kubectl as somebody: <c>admin</c>, or a user without any right but those that the transcript gives.</summary>
    internal async Task<Kubectl> KubectlAsync(string user)
    {
        if (!users.TryGetValue(user, out var kubectl))
        {
            users[user] = kubectl = user == "admin"
                ? Kubectl.Admin(controlPlane!)
                : new Kubectl(await controlPlane!.CreateUserAsync(user, [], TestContext.Current.CancellationToken));
        }

        return kubectl;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var kubectl in users.Values)
        {
            kubectl.Dispose();
        }

        if (webhook is not null)
        {
            TestContext.Current.SendDiagnosticMessage("{0}", webhook.Log);
            await webhook.DisposeAsync();
        }

        if (controlPlane is not null)
        {
            await controlPlane.DisposeAsync();
        }

        authority.Dispose();
        certificates.Delete(recursive: true);
    }
}
