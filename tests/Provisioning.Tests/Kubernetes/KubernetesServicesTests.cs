using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Provisioning.Kubernetes;

namespace Provisioning.Tests.Kubernetes;

public sealed class KubernetesServicesTests : KubeconfigTest
{
    [Fact]
    public async Task A_bad_kubeconfig_ends_the_start_with_one_line()
    {
        using var host = Build(("Kubernetes:Kubeconfig", Folder.Write("kubeconfig", "{}")));

        var exception = await Assert.ThrowsAsync<KubernetesConfigurationException>(() => host.StartAsync());

        Assert.Contains("current-context", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bad_option_ends_the_start_and_is_named()
    {
        using var host = Build(("Kubernetes:Kubeconfig", Kubeconfig("https://127.0.0.1:1")), ("Kubernetes:RequestTimeout", "1.00:00:00"));

        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());

        Assert.Contains("Kubernetes:RequestTimeout", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unreachable_API_server_is_survived_shows_in_health_and_heals()
    {
        var up = false;
        await using var server = await StubApiServer.StartAsync(context =>
        {
            if (up)
            {
                return context.Response.WriteAsync("""{"gitVersion":"v1.36.0"}""");
            }

            context.Abort();
            return Task.CompletedTask;
        });
        var time = new ManualTimeProvider();
        using var host = Build(time, ("Kubernetes:Kubeconfig", Kubeconfig(server.Address.ToString())));

        await host.StartAsync();
        var health = host.Services.GetRequiredService<HealthCheckService>();
        var before = await health.CheckHealthAsync(check => check.Tags.Contains("ready"));
        up = true;
        var stillRemembered = await health.CheckHealthAsync();
        time.Advance(TimeSpan.FromSeconds(6));
        var after = await health.CheckHealthAsync();
        up = false;
        time.Advance(TimeSpan.FromSeconds(6));
        var later = await health.CheckHealthAsync();
        await host.StopAsync();

        Assert.Equal(
            [HealthStatus.Unhealthy, HealthStatus.Unhealthy, HealthStatus.Healthy, HealthStatus.Degraded],
            [before.Status, stillRemembered.Status, after.Status, later.Status]);
        Assert.Contains("cannot be reached", before.Entries["kubernetes"].Description!, StringComparison.Ordinal);
        Assert.Contains("v1.36.0", after.Entries["kubernetes"].Description!, StringComparison.Ordinal);
    }

    [Fact]
    public void Registering_twice_changes_nothing()
    {
        var services = new ServiceCollection();

        var once = services.AddKubernetesClient().Count;

        Assert.Equal(once, services.AddKubernetesClient().Count);
    }

    private static IHost Build(params (string Key, string Value)[] settings) => Build(TimeProvider.System, settings);

    private static IHost Build(TimeProvider time, params (string Key, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(settings.ToDictionary(setting => setting.Key, setting => (string?)setting.Value));
        builder.Services.AddSingleton(time);
        builder.Services.AddKubernetesClient();
        return builder.Build();
    }

    private string Kubeconfig(string server) => Folder.Write("kubeconfig", $$$"""
        current-context: x
        contexts: [{name: x, context: {cluster: c, user: u}}]
        clusters: [{name: c, cluster: {server: "{{{server}}}"}}]
        users: [{name: u, user: {}}]
        """);
}
