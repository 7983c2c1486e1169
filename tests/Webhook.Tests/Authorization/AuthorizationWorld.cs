using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Provisioning.Kubernetes;
using Webhook.Authorization;
using Webhook.Tests.Validation;

namespace Webhook.Tests.Authorization;

/// <summary>Authorization as the webhook registers it, beside a cluster in memory.</summary>
internal static class AuthorizationWorld
{
    /// <summary>A value of null is a setting that is not there.</summary>
    public static ServiceProvider Services(InMemoryCluster cluster, params (string Key, string? Value)[] settings) =>
        Services(cluster, TimeProvider.System, settings);

    public static ServiceProvider Services(InMemoryCluster cluster, TimeProvider time, params (string Key, string? Value)[] settings) =>
        new ServiceCollection()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder()
                .AddInMemoryCollection(settings.ToDictionary(setting => setting.Key, setting => setting.Value, StringComparer.Ordinal)).Build())
            .AddSingleton<IKubernetesClient>(cluster)
            .AddSingleton(time)
            .AddSecretAuthorization()
            .BuildServiceProvider();
}
