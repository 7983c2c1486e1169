using ControlPlane;
using EndToEnd.ConformanceTests;
using TestPostgres;

namespace EndToEnd.Tests.Running;

/// <summary>
/// What tests of the running product have around it: a control plane, kubectl, a PostgreSQL where one is started, the product's processes with a certificate of an
/// authority of their own, and a folder. Disposing ends all of it.
/// </summary>
public abstract class Surroundings : IAsyncDisposable
{
    private readonly List<WebhookProcess> processes = [];

    internal IControlPlane ControlPlane { get; private set; } = null!;

    /// <summary>As a cluster administrator.</summary>
    internal Kubectl Kubectl { get; private set; } = null!;

    internal TestPostgresServer Postgres { get; private protected set; } = null!;

    /// <summary>Who signed the certificate of the processes.</summary>
    private protected TestCertificateAuthority Authority { get; } = new();

    /// <summary>Holds the certificate of the processes, and what else is for this time only.</summary>
    private protected DirectoryInfo Folder { get; } = Directory.CreateTempSubdirectory("end-to-end-");

    /// <summary>In the order in which they were started.</summary>
    private protected IReadOnlyList<WebhookProcess> Processes => processes;

    /// <inheritdoc/>
    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var process in processes)
        {
            TestContext.Current.SendDiagnosticMessage("{0}", process.Log);
            await process.DisposeAsync();
        }

        Kubectl?.Dispose();
        if (ControlPlane is not null)
        {
            await ControlPlane.DisposeAsync();
        }

        if (Postgres is not null)
        {
            await Postgres.DisposeAsync();
        }

        Authority.Dispose();
        Folder.Delete(recursive: true);
    }

    /// <summary>Starts the control plane with its definitions, and writes the certificate of the processes to come.</summary>
    private protected async Task StartControlPlaneAsync(CancellationToken cancellationToken)
    {
        ControlPlane = await ControlPlanes.StartAsync(new ControlPlaneOptions(), cancellationToken);
        Kubectl = Kubectl.Admin(ControlPlane);
        await InstallDefinitionsAsync(cancellationToken);
        await Authority.WriteCertificateAsync(Folder, cancellationToken);
    }

    /// <summary>Has the API server serve what is there before the product. Default: k0rdent's, Flux's and k0smotron's kinds, ours and what tests keep of the others'.</summary>
    private protected virtual Task InstallDefinitionsAsync(CancellationToken cancellationToken) => ControlPlane.InstallDefinitionsAsync(cancellationToken);

    /// <summary>Starts a process of the product, as a cluster administrator and with the certificate, where the settings say nothing else.</summary>
    /// <param name="settings">Environment variables.</param>
    private protected WebhookProcess Start(IReadOnlyDictionary<string, string> settings)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Kubernetes__Kubeconfig"] = ControlPlane.AdminKubeconfigPath,
            ["Https__CertificateDirectory"] = Folder.FullName,
        };
        foreach (var (key, value) in settings)
        {
            environment[key] = value;
        }

        var process = WebhookProcess.Start(environment);
        processes.Add(process);
        return process;
    }

    /// <summary>Waits until a process is ready, and has the API server call it.</summary>
    private protected async Task ServeAsync(WebhookProcess webhook, CancellationToken cancellationToken)
    {
        await webhook.ReadyAsync(cancellationToken);
        await ControlPlane.InstallProductAsync(await webhook.AdmissionUrl, Authority.CertificatePem, cancellationToken);
    }
}
