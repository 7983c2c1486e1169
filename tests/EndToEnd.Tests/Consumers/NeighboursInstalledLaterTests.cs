using EndToEnd.ConformanceTests;
using EndToEnd.Tests.Running;

namespace EndToEnd.Tests.Consumers;

/// <summary>A cluster without k0rdent, Flux and k0smotron.</summary>
public sealed class LonelyInstallation : Installation
{
    private protected override Task InstallDefinitionsAsync(CancellationToken cancellationToken) =>
        ControlPlane.InstallCustomResourceDefinitionsAsync(Repository.Path("manifests/crds"), cancellationToken);
}

/// <summary>Nobody's kinds need be there when the product starts.</summary>
public sealed class NeighboursInstalledLaterTests(LonelyInstallation installation) : IClassFixture<LonelyInstallation>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private Kubectl Kubectl => installation.Kubectl;

    [Fact]
    public async Task K0smotron_may_come_later_and_in_its_older_version()
    {
        var (isReady, answer) = await installation.Webhook.AskReadinessAsync(TestContext.Current.CancellationToken);
        Assert.True(isReady, answer);
        foreach (var kind in new[] { "clusterdeployments.k0rdent.mirantis.com", "helmreleases.helm.toolkit.fluxcd.io", "clusters.k0smotron.io", "clusters.v1beta1.k0smotron.io" })
        {
            Assert.Contains($"{kind}: the API server does not serve this optional kind", answer, StringComparison.Ordinal);
        }

        var tenant = await installation.CreateTenantAsync("alone");
        await tenant.ApplyDataSourceAsync("acid-minimal-cluster");
        var definition = await File.ReadAllTextAsync(Repository.Path("tests/ControlPlane/crds/k0smotronclusters.yaml"), TestContext.Current.CancellationToken);
        await Kubectl.RunAsync("apply -f -", definition.Replace("name: v1beta2", "name: v1beta1", StringComparison.Ordinal));
        await Kubectl.RunAsync("wait --for=condition=Established --timeout=60s crd/clusters.k0smotron.io");
        var sample = (await File.ReadAllTextAsync(Repository.Path("manifests/samples/k0smotron/cluster.yaml"), TestContext.Current.CancellationToken))
            .Replace("namespace: kcm-system", $"namespace: {tenant.Name}", StringComparison.Ordinal)
            .Replace("k0smotron.io/v1beta2", "k0smotron.io/v1beta1", StringComparison.Ordinal);

        await Kubectl.RunAsync("apply -f -", sample);

        Assert.Equal("k0smotron-test-kine", await tenant.GetAsync("clusters.k0smotron.io", "k0smotron-test", "{.spec.kineDataSourceSecretName}"));
        Assert.Equal("k0smotron-test-kine-ca", await tenant.GetAsync("clusters.k0smotron.io", "k0smotron-test", "{.spec.mounts[0].secret.secretName}"));
        await Eventually.TrueAsync(
            async () => (await tenant.GetAsync("clusters.k0smotron.io", "k0smotron-test", @"{.metadata.annotations.k0rdent\.mirantis\.com/data-source-schema}")).Length > 0,
            Patience,
            () => installation.Webhook.Log,
            TestContext.Current.CancellationToken);
        await tenant.ReadyAsync("k0smotron-test");

        // What runs holds its database: the role goes only after it.
        await Kubectl.RunAsync($"delete clusterdatasource k0smotron-test --namespace {tenant.Name} --wait=false");
        await Eventually.TrueAsync(
            async () => (await tenant.GetAsync("clds", "k0smotron-test", "{.status.error}")).StartsWith("ClusterStillRuns: k0smotron Cluster", StringComparison.Ordinal),
            Patience,
            () => installation.Webhook.Log,
            TestContext.Current.CancellationToken);
        await Kubectl.RunAsync($"delete clusters.k0smotron.io k0smotron-test --namespace {tenant.Name}");
        await tenant.GoneAsync("clusterdatasource", "k0smotron-test");
    }
}
