using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Provisioning.Kubernetes;

namespace Provisioning.Tests.Kubernetes;

/// <summary>Clients of a stub, without a host around them.</summary>
internal static class TestClient
{
    public static KubernetesTransport Transport(KubernetesConnection connection, TimeProvider? time = null, KubernetesOptions? options = null) =>
        new(connection, Options.Create(options ?? new KubernetesOptions()), time ?? TimeProvider.System, NullLogger<KubernetesTransport>.Instance);

    public static KubernetesTransport Transport(StubApiServer server, TimeProvider? time = null) =>
        Transport(new KubernetesConnection { Server = server.Address, Source = "test" }, time);

    public static KubernetesConnection Load(
        string? kubeconfig = null, IReadOnlyDictionary<string, string>? environment = null, string? serviceAccount = null, string? context = null, TimeProvider? time = null, KubeconfigOverrides? overrides = null) =>
        new ConnectionSource(overrides ?? new KubeconfigOverrides(), time ?? TimeProvider.System, NullLogger<KubernetesConnection>.Instance)
        {
            Environment = name => environment?.GetValueOrDefault(name),
            ServiceAccountDirectory = serviceAccount ?? "/nonexistent",
        }.Load(new KubernetesOptions { Kubeconfig = kubeconfig, Context = context });
}

/// <summary>A folder that goes with the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kubernetes-tests-");

    public string Path => folder.FullName;

    public string Write(string name, string content)
    {
        var path = System.IO.Path.Combine(folder.FullName, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }

    public bool Has(string name) => File.Exists(System.IO.Path.Combine(folder.FullName, name));

    public void Dispose() => folder.Delete(recursive: true);
}
