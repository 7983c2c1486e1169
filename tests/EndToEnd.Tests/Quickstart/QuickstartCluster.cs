using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using EndToEnd.Tests.Installed;
using EndToEnd.Tests.Running;
using TestPostgres;

namespace EndToEnd.Tests.Quickstart;

/// <summary>
/// A cluster in which the commands of <c>docs/quickstart.md</c> are typed up to the hosted control plane. What would need a container runtime is stood in
/// for by what the page's own manifests ask for: a PostgreSQL with the names of the Certificate and the SQL of the ConfigMap, the product as a process.
/// </summary>
internal sealed class QuickstartCluster : Surroundings
{
    public const string Namespace = "kcm-system";
    public const string PostgresHost = "postgres.kcm-system.svc.cluster.local";
    private const string Page = "docs/quickstart.md";
    private DocumentedScript? script;

    public WebhookProcess Product { get; private set; } = null!;

    /// <summary>The page's text.</summary>
    public string PageText => script!.Text;

    /// <summary>Where the page's commands keep the kubeconfig of the hosted control plane.</summary>
    public string DemoKubeconfigPath => Path.Combine(Folder.FullName, "demo.kubeconfig");

    /// <summary>What step 7 wrote.</summary>
    public string ClusterOutput { get; private set; } = "";

    /// <summary>Types steps 4 to 7.</summary>
    public static async Task<QuickstartCluster> StartAsync(CancellationToken cancellationToken)
    {
        // The page's commands are typed as they stand, and Debian 12's kubectl, 1.20, lacks one: they run where a later one is first on the PATH.
        await InstalledKubectl.RequireAsync(23, "waiting for a jsonpath");
        var cluster = new QuickstartCluster();
        try
        {
            await cluster.PrepareAsync(cancellationToken);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Types the commands of a step.</summary>
    /// <returns>All that they wrote.</returns>
    public Task<string> RunAsync(string heading, CancellationToken cancellationToken) =>
        script!.RunAsync(heading, new Dictionary<string, string>(StringComparer.Ordinal) { ["HOME"] = Folder.FullName }, ControlPlane, cancellationToken);

    /// <summary>One field of an object of <see cref="Namespace"/>, by a jsonpath.</summary>
    public Task<string> GetAsync(string kind, string name, string jsonPath) => Kubectl.RunAsync($"get {kind} {name} --namespace {Namespace} --output jsonpath={jsonPath}");

    /// <summary>Only the neighbours' kinds: step 5 installs ours.</summary>
    private protected override Task InstallDefinitionsAsync(CancellationToken cancellationToken) =>
        ControlPlane.InstallCustomResourceDefinitionsAsync(Repository.Path("tests/ControlPlane/crds"), cancellationToken);

    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        script = await DocumentedScript.ReadAsync(Page, Repository.Root, cancellationToken);
        await StartControlPlaneAsync(cancellationToken);
        await CertManagerKinds.InstallAsync(Kubectl, cancellationToken);

        await RunAsync("4. PostgreSQL", cancellationToken);
        await StartPostgresAsync(cancellationToken);
        await RunAsync("5. This project", cancellationToken);
        await StartProductAsync(cancellationToken);
        script.Replace($"{PostgresHost}:5432", $"{TestPostgresServer.Host}:{Postgres.Port}");
        await RunAsync("6. The DataSource", cancellationToken);
        ClusterOutput = await RunAsync("7. The hosted control plane", cancellationToken);
    }

    /// <summary>As cert-manager and the pod of the StatefulSet: a certificate for the names that are asked for, and the image's start script.</summary>
    private async Task StartPostgresAsync(CancellationToken cancellationToken)
    {
        var names = (await GetAsync("certificate", "postgres-tls", "{.spec.dnsNames[*]}")).Split(' ');
        Assert.Contains(PostgresHost, names);
        Postgres = await TestPostgresServer.StartAsync(
            new TestPostgresOptions { CertificateAuthority = Authority, CertificateNames = [.. names, TestPostgresServer.Host] }, cancellationToken);
        await Kubectl.RunAsync(
            $"create secret generic {await GetAsync("certificate", "postgres-tls", "{.spec.secretName}")} --namespace {Namespace} --from-file=ca.crt={Postgres.CertificateAuthorityFile}");

        var file = Path.Combine(Folder.FullName, "admin.sql");
        await File.WriteAllTextAsync(file, await GetAsync("configmap", "postgres-init", @"{.data.admin\.sql}"), cancellationToken);
        var connection = $"host={TestPostgresServer.Host} port={Postgres.Port} user={Postgres.Superuser.Name} dbname=postgres sslmode=verify-full sslrootcert={Postgres.CertificateAuthorityFile}";
        var start = new ProcessStartInfo("psql", ["--quiet", "--no-password", "--no-psqlrc", "--set=ON_ERROR_STOP=1", $"--file={file}", connection])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in await EnvironmentAsync())
        {
            start.Environment[name] = value;
        }

        start.Environment["PGPASSWORD"] = Postgres.Superuser.Password;
        using var psql = Process.Start(start)!;
        var error = await psql.StandardError.ReadToEndAsync(cancellationToken);
        await psql.WaitForExitAsync(cancellationToken);
        Assert.True(psql.ExitCode == 0, error);
    }

    /// <summary>The variables of the StatefulSet's container, out of the Secrets that it names.</summary>
    private async Task<Dictionary<string, string>> EnvironmentAsync()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var variable in JsonNode.Parse(await GetAsync("statefulset", "postgres", "{.spec.template.spec.containers[0].env}"))!.AsArray())
        {
            var reference = variable!["valueFrom"]?["secretKeyRef"];
            variables[(string)variable["name"]!] = reference is null
                ? (string)variable["value"]!
                : Encoding.UTF8.GetString(Convert.FromBase64String(await GetAsync("secret", (string)reference["name"]!, $"{{.data.{(string)reference["key"]!}}}")));
        }

        return variables;
    }

    /// <summary>As the pods of the Deployments, and as cert-manager, which writes who signed the webhook's certificate into its configurations.</summary>
    private async Task StartProductAsync(CancellationToken cancellationToken)
    {
        Product = Start(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Endpoints__AllowLoopback"] = "true",
            ["Provisioning__RetireGracePeriod"] = "00:00:02",
        });
        await ServeAsync(Product, cancellationToken);
    }
}
