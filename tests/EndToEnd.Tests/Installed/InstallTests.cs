using ControlPlane;
using EndToEnd.ConformanceTests;

namespace EndToEnd.Tests.Installed;

/// <summary>What docs/install.md says to type, against an API server that has nothing of ours.</summary>
public sealed class InstallTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("default", true)]
    [InlineData("k0rdent", false)]
    public async Task One_command_installs_all_of_it_and_again_changes_nothing(string overlay, bool bringsDefinitions)
    {
        // Debian 12's kubectl, 1.20, cannot read the kustomizations: it runs where a later one is first on the PATH.
        await InstalledKubectl.RequireAsync(21, "kustomize components");
        await using var controlPlane = await ControlPlanes.StartAsync(new ControlPlaneOptions(), Token);
        using var kubectl = Kubectl.Admin(controlPlane);
        await kubectl.RunAsync("create namespace kcm-system");
        await CertManagerKinds.InstallAsync(kubectl, Token);
        var folder = Repository.Path($"manifests/{overlay}");

        var first = await kubectl.RunAsync($"apply -k {folder}");
        var second = await kubectl.RunAsync($"apply -k {folder}");

        Assert.All(first.Split('\n'), line => Assert.EndsWith(" created", line, StringComparison.Ordinal));
        Assert.Equal(bringsDefinitions, first.Contains("customresourcedefinition", StringComparison.Ordinal));
        Assert.All(second.Split('\n'), line => Assert.Matches(" (unchanged|configured)$", line));
        Assert.Equal(
            "k0rdent-datasource-controller k0rdent-datasource-webhook",
            await kubectl.RunAsync("get deployments --namespace k0rdent-datasource --output jsonpath={.items[*].metadata.name}"));
    }

    [Fact]
    public async Task Beside_k0rdent_upstreams_definitions_stay_as_they_are()
    {
        // The same, and upstream's definitions are not ours to keep, so a fresh clone has none.
        await InstalledKubectl.RequireAsync(21, "kustomize components");
        Assert.SkipWhen(UpstreamDefinitions.Folder is null, $"Not run: {UpstreamDefinitions.Missing}.");
        await using var controlPlane = await ControlPlanes.StartAsync(new ControlPlaneOptions(), Token);
        using var kubectl = Kubectl.Admin(controlPlane);
        await controlPlane.InstallCustomResourceDefinitionsAsync(UpstreamDefinitions.Folder, Token);
        await kubectl.RunAsync("create namespace kcm-system");
        await CertManagerKinds.InstallAsync(kubectl, Token);
        const string Specs = "get customresourcedefinitions --output custom-columns=NAME:.metadata.name,GENERATION:.metadata.generation,SPEC:.spec";
        var before = await kubectl.RunAsync(Specs);

        await kubectl.RunAsync($"apply -k {Repository.Path("manifests/k0rdent")}");

        Assert.Contains("changing the spec is not supported", before, StringComparison.Ordinal);
        Assert.Equal(before, await kubectl.RunAsync(Specs));
        await kubectl.RunAsync("get deployment k0rdent-datasource-webhook --namespace k0rdent-datasource");
    }
}
