using System.Text;
using System.Text.Json.Nodes;
using ControlPlane;
using ControlPlane.Real;
using EndToEnd.ConformanceTests;

namespace EndToEnd.Tests.Quickstart;

/// <summary>
/// The pod of a k0smotron Cluster as two processes: the Secret that the Cluster names is kine's environment, what its mounts name lies in files, and a
/// kube-apiserver keeps its state in that kine.
/// </summary>
internal sealed class HostedControlPlane : IAsyncDisposable
{
    private const string DsnKey = "K0SMOTRON_KINE_DATASOURCE_URL";
    private const string DataFolder = "/var/lib/k0s";
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("hosted-");
    private ChildProcess? kine;
    private IControlPlane? controlPlane;

    /// <summary>Why this machine cannot host one; null: it can.</summary>
    public static string? Obstacle =>
        Binary is null ? "KINE_BINARY does not name a kine"
        : new ControlPlaneOptions().BinariesDirectory is null ? "KUBEBUILDER_ASSETS does not name a folder with kube-apiserver"
        : null;

    /// <summary>A kubeconfig of its administrator, as k0smotron puts one into a Secret.</summary>
    public string KubeconfigPath => controlPlane!.AdminKubeconfigPath;

    private static string? Binary => Environment.GetEnvironmentVariable("KINE_BINARY") is { Length: > 0 } path ? path : null;

    /// <summary>Starts what k0smotron would start for a Cluster as it is now, and waits until it is ready.</summary>
    public static async Task<HostedControlPlane> StartAsync(Kubectl kubectl, string clusterNamespace, string cluster, CancellationToken cancellationToken)
    {
        var hosted = new HostedControlPlane();
        try
        {
            var spec = await ReadAsync(kubectl, "clusters.k0smotron.io", clusterNamespace, cluster, "spec");
            await hosted.MountAsync(kubectl, clusterNamespace, spec["mounts"]!.AsArray(), cancellationToken);
            var environment = Decode(await ReadAsync(kubectl, "secret", clusterNamespace, (string)spec["storage"]!["kine"]!["dataSourceSecretName"]!, "data"));
            await hosted.StartAsync(Encoding.UTF8.GetString(environment[DsnKey]), cancellationToken);
            return hosted;
        }
        catch
        {
            await hosted.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (controlPlane is not null)
        {
            await controlPlane.DisposeAsync();
        }

        if (kine is not null)
        {
            await kine.DisposeAsync();
        }

        folder.Delete(recursive: true);
    }

    /// <summary>Writes what the pod would find below <c>/var/lib/k0s</c>: of each Secret, the items that are named.</summary>
    private async Task MountAsync(Kubectl kubectl, string clusterNamespace, JsonArray mounts, CancellationToken cancellationToken)
    {
        foreach (var mount in mounts)
        {
            var target = Directory.CreateDirectory(folder.FullName + (string)mount!["path"]!);
            var data = Decode(await ReadAsync(kubectl, "secret", clusterNamespace, (string)mount["secret"]!["secretName"]!, "data"));
            foreach (var item in mount["secret"]!["items"]!.AsArray())
            {
                await File.WriteAllBytesAsync(Path.Combine(target.FullName, (string)item!["path"]!), data[(string)item["key"]!], cancellationToken);
            }
        }
    }

    private async Task StartAsync(string dsn, CancellationToken cancellationToken)
    {
        var socket = $"unix://{Path.Combine(folder.FullName, "kine.sock")}";
        var log = Path.Combine(folder.FullName, "kine.log");
        var here = dsn.Replace(Uri.EscapeDataString(DataFolder), Uri.EscapeDataString(folder.FullName + DataFolder), StringComparison.Ordinal);
        Assert.NotEqual(dsn, here);
        kine = await ChildProcess.StartAsync(
            Binary!, ["--listen-address", socket, "--metrics-bind-address", "0"], log, new Dictionary<string, string>(StringComparer.Ordinal) { ["KINE_ENDPOINT"] = here });
        controlPlane = await ControlPlanes.StartAsync(new ControlPlaneOptions { StorageUrl = socket }, cancellationToken);
    }

    private static async Task<JsonNode> ReadAsync(Kubectl kubectl, string kind, string objectNamespace, string name, string field) =>
        JsonNode.Parse(await kubectl.RunAsync($"get {kind} {name} --namespace {objectNamespace} --output json"))![field]!;

    private static Dictionary<string, byte[]> Decode(JsonNode data) =>
        data.AsObject().ToDictionary(entry => entry.Key, entry => Convert.FromBase64String((string)entry.Value!), StringComparer.Ordinal);
}
