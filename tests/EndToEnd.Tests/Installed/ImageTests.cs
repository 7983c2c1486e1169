using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using ControlPlane;
using EndToEnd.Tests.Running;
using TestPostgres;

namespace EndToEnd.Tests.Installed;

/// <summary>What the image holds is enough: the published folder runs where there is nothing else.</summary>
[SuppressMessage("Usage", "CA2213", Justification = "Disposed in DisposeAsync.")]
public sealed class ImageTests : IAsyncLifetime
{
    private readonly EmptyRoot root = new();
    private readonly DirectoryInfo sources = Directory.CreateTempSubdirectory("image-sources-");
    private readonly TestCertificateAuthority authority = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_published_folder_serves_in_an_empty_read_only_root_as_the_images_user()
    {
        // An empty root needs chroot and mounts: it runs as root on linux-x64, in a container only where that may mount.
        Assert.SkipWhen(EmptyRoot.Obstacle is not null, $"Not run: {EmptyRoot.Obstacle}.");
        root.Prepare();
        await PublishAsync();
        Assert.DoesNotContain(Directory.GetFiles(root.Application).Select(Path.GetFileName), file => file!.Contains("icu", StringComparison.OrdinalIgnoreCase));
        await using var controlPlane = await ControlPlanes.StartAsync(new ControlPlaneOptions(), Token);
        await controlPlane.InstallDefinitionsAsync(Token);
        await WriteAsync("etc/kubeconfig", await File.ReadAllTextAsync(controlPlane.AdminKubeconfigPath, Token));
        var (certificate, key) = authority.Issue(["127.0.0.1"]);
        await WriteAsync("etc/tls.crt", certificate);
        await WriteAsync("etc/tls.key", key);

        await using var process = WebhookProcess.Start(
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["Kubernetes__Kubeconfig"] = "/etc/kubeconfig",
                ["Https__CertificateDirectory"] = "/etc",
                ["DOTNET_EnableDiagnostics"] = "0",
            },
            root.Command("/app/Webhook"));

        await process.ReadyAsync(Token);
        Assert.Contains("provisioning_informer_synced", await process.ReadMetricsAsync(Token), StringComparison.Ordinal);
        await controlPlane.InstallWebhooksAsync(
            await File.ReadAllTextAsync(Repository.Path("manifests/webhook/validating.yaml"), Token), await process.AdmissionUrl, authority.CertificatePem, Token);
        using var kubectl = EndToEnd.ConformanceTests.Kubectl.Admin(controlPlane);
        var error = await kubectl.FailAsync(
            "create -f -",
            """
            apiVersion: k0rdent.mirantis.com/v1beta1
            kind: DataSource
            metadata: {name: wrong, namespace: default}
            spec:
              type: postgresql
              endpoints: [nonsense]
              auth:
                username: {name: auth-secret, key: username}
                password: {name: auth-secret, key: password}
            """);
        Assert.Contains("spec.endpoints[0]", error, StringComparison.Ordinal);
    }

    /// <inheritdoc/>
    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        root.Dispose();
        sources.Delete(recursive: true);
        authority.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>As the Dockerfile does: from the files of the build context, in a folder of its own, so that this build's stay as they are.</summary>
    private async Task PublishAsync()
    {
        foreach (var name in (await File.ReadAllLinesAsync(Repository.Path(".dockerignore"), Token)).Where(line => line.StartsWith('!')).Select(line => line[1..]))
        {
            Copy(Repository.Path(name), Path.Combine(sources.FullName, name));
        }

        var start = new ProcessStartInfo("dotnet", ["publish", "src/Webhook", "--configuration", "Release", "--output", root.Application, "--nologo", "--verbosity", "quiet"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            WorkingDirectory = sources.FullName,
        };
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        using var publish = Process.Start(start)!;
        var output = await publish.StandardOutput.ReadToEndAsync(Token);
        await publish.WaitForExitAsync(Token);
        Assert.True(publish.ExitCode == 0, output);
    }

    private static void Copy(string source, string target)
    {
        if (File.Exists(source))
        {
            File.Copy(source, target);
            return;
        }

        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var relative = Path.GetRelativePath(source, file);
            if (!relative.Split(Path.DirectorySeparatorChar).Any(folder => folder is "bin" or "obj"))
            {
                var copy = Path.Combine(target, relative);
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(file, copy);
            }
        }
    }

    private async Task WriteAsync(string name, string text)
    {
        var path = Path.Combine(root.Path, name);
        await File.WriteAllTextAsync(path, text, Token);
        EmptyRoot.AllowEverybody(path, UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
    }
}
