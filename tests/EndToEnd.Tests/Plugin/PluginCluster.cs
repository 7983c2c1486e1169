using EndToEnd.ConformanceTests;
using EndToEnd.Tests.Running;

namespace EndToEnd.Tests.Plugin;

/// <summary>A cluster with a database, for commands of the plugin; its namespace is the tenant's.</summary>
internal sealed class PluginCluster(Installation installation, Tenant tenant)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public Tenant Tenant => tenant;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Makes one, ready, on the installation's server.</summary>
    public static async Task<PluginCluster> CreateAsync(Installation installation, string name)
    {
        var tenant = await installation.CreateTenantAsync(name);
        await tenant.ApplyDataSourceAsync("main");
        await tenant.ApplyClusterDeploymentAsync("berlin", "main");
        await tenant.ReadyAsync("berlin");
        return new PluginCluster(installation, tenant);
    }

    /// <summary>Runs the plugin while kcm does its part: it renders the cluster's HelmRelease again when another Secret is published.</summary>
    public async Task<KubectlResult> RunWithKcmAsync(Kubectl kubectl, string arguments)
    {
        await installation.Kubectl.RunAsync("apply -f -", await tenant.HelmReleaseAsync("berlin", "{controlPlaneNumber: 3}"));
        var before = await SecretAsync();
        var running = kubectl.TryAsync(arguments);
        await Eventually.TrueAsync(
            async () => running.IsCompleted || await SecretAsync() != before, Patience, () => $"No other Secret was published:\n{installation.Webhook.Log}", Token);
        await installation.Kubectl.RunAsync("apply -f -", await tenant.HelmReleaseAsync("berlin", "{controlPlaneNumber: 4}"));
        return await running;
    }

    /// <summary>The Secret that control planes are to use.</summary>
    public Task<string> SecretAsync() => tenant.GetAsync("clusterdatasource", "berlin", "{.status.kineDataSourceSecret}");
}
