using ControlPlane;
using EndToEnd.Tests.Running;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Provisioning.ClusterDataSources;
using Provisioning.Kubernetes;
using TestPostgres;

[assembly: AssemblyFixture(typeof(EndToEnd.Tests.Provisioning.ProvisioningWorld))]

namespace EndToEnd.Tests.Provisioning;

/// <summary>
/// A control plane and a PostgreSQL server for all tests of this folder; each test has a namespace of its own. They run one after the other, as the
/// collection of this name: some restart the API server, and one test's controller would lead over another's.
/// </summary>
public sealed class ProvisioningWorld : IAsyncLifetime
{
    private ServiceProvider? services;

    public IControlPlane ControlPlane { get; private set; } = null!;

    public TestPostgresServer Server { get; private set; } = null!;

    /// <summary>The administrator's client.</summary>
    internal IKubernetesClient Client => services!.GetRequiredService<IKubernetesClient>();

    public async ValueTask InitializeAsync()
    {
        ControlPlane = await ControlPlanes.StartAsync(new ControlPlaneOptions(), CancellationToken.None);
        await ControlPlane.InstallDefinitionsAsync(CancellationToken.None);
        Server = await TestPostgresServer.StartAsync(new TestPostgresOptions { Configuration = ["max_connections = 1000"] }, CancellationToken.None);
        services = new ServiceCollection().AddSingleton<IConfiguration>(Configuration()).AddLogging().AddKubernetesClient().BuildServiceProvider();
    }

    public async ValueTask DisposeAsync()
    {
        if (services is not null)
        {
            await services.DisposeAsync();
        }

        if (Server is not null)
        {
            await Server.DisposeAsync();
        }

        if (ControlPlane is not null)
        {
            await ControlPlane.DisposeAsync();
        }
    }

    /// <summary>A controller as the process hosts it, started.</summary>
    internal Task<RunningController> StartControllerAsync(CancellationToken cancellationToken, params (string Key, string Value)[] settings) =>
        StartControllerAsync(_ => { }, settings, cancellationToken);

    /// <summary>The same with services of the test's own, which come before the product's.</summary>
    internal async Task<RunningController> StartControllerAsync(
        Action<IServiceCollection> compose, (string Key, string Value)[] settings, CancellationToken cancellationToken)
    {
        var configuration = Configuration(settings);
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddConfiguration(configuration);
        var logs = new RecordedLogs();
        builder.Logging.AddProvider(logs).SetMinimumLevel(LogLevel.Debug);
        compose(builder.Services);
        builder.Services.AddClusterDataSources(configuration);
        var host = builder.Build();
        await host.StartAsync(cancellationToken);
        return new RunningController(host, logs);
    }

    private IConfigurationRoot Configuration(params (string Key, string Value)[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(
        [
            new("Kubernetes:Kubeconfig", ControlPlane.AdminKubeconfigPath),
            new("Endpoints:AllowLoopback", "true"),
            new("Provisioning:CreateGracePeriod", "00:00:00"),
            new("Postgres:ConnectTimeout", "00:00:15"),
        ])
        .AddInMemoryCollection(settings.Select(setting => new KeyValuePair<string, string?>(setting.Key, setting.Value)))
        .Build();
}
