using EndToEnd.Tests.Running;
using Webhook.Offline;

namespace EndToEnd.Tests.Consumers;

/// <summary>The configuration of k0s controllers behind a load balancer, for a database that exists.</summary>
public sealed class K0sConfigTests(Installation installation) : IClassFixture<Installation>
{
    [Fact]
    public async Task The_files_hold_the_connection_string_and_nobody_else_may_read_them()
    {
        var tenant = await installation.CreateTenantAsync("kcm-system");
        await tenant.ApplyDataSourceAsync("example-postgresql");
        await installation.Kubectl.RunAsync($"apply -f {Repository.Path("manifests/samples/k0s/clusterdatasource.yaml")}");
        await tenant.ReadyAsync("edge");
        var folder = Directory.CreateTempSubdirectory("k0s-config-");
        try
        {
            var (exitCode, output, _) = await RunAsync(tenant, "--output-directory", folder.FullName);

            Assert.Equal((0, ""), (exitCode, output));
            var dsn = (await tenant.DsnAsync("edge-kine")).Reveal();
            foreach (var controller in new[] { "c1", "c2", "c3" })
            {
                var file = Path.Combine(folder.FullName, controller, "k0s.yaml");
                Assert.Contains($"dataSource: \"{dsn}\"", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), StringComparison.Ordinal);
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, new FileInfo(file).UnixFileMode);
            }

            Assert.Equal(
                installation.Postgres.CertificateAuthority.CertificatePem.Trim(),
                (await File.ReadAllTextAsync(Path.Combine(folder.FullName, "ca.crt"), TestContext.Current.CancellationToken)).Trim());
            Assert.Contains(
                "server c3 10.0.0.3:6443", await File.ReadAllTextAsync(Path.Combine(folder.FullName, "haproxy.cfg"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        var password = (await tenant.DsnAsync("edge-kine")).Password.Reveal();
        var printed = await RunAsync(tenant);
        Assert.Contains("kcm-system/edge-kine", printed.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(password, printed.Output + printed.Error, StringComparison.Ordinal);
        Assert.Contains(password, (await RunAsync(tenant, "--show-connection-string")).Output, StringComparison.Ordinal);

        var missing = await RunAsync(tenant, "--namespace", "elsewhere");
        Assert.Equal((1, ""), (missing.ExitCode, missing.Output));
        Assert.Contains("ClusterDataSource elsewhere/edge does not exist", missing.Error, StringComparison.Ordinal);
    }

    private async Task<(int ExitCode, string Output, string Error)> RunAsync(Tenant tenant, params string[] arguments)
    {
        string[] inNamespace = arguments.Contains("--namespace", StringComparer.Ordinal) ? [] : ["--namespace", tenant.Name];
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await OfflineCommands.RunAsync(
            [
                "k0s-config", "edge", "--kubeconfig", installation.ControlPlane.AdminKubeconfigPath, "--load-balancer", "10.0.0.10",
                "--controller", "c1=10.0.0.1", "c2=10.0.0.2", "--controller", "c3=10.0.0.3", .. inNamespace, .. arguments,
            ],
            new Streams(Stream.Null, output, error));
        return (exitCode, output.ToString(), error.ToString());
    }
}
