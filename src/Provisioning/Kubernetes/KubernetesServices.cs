using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Provisioning.Kubernetes;

/// <summary>Registers the Kubernetes client.</summary>
public static class KubernetesServices
{
    /// <summary>
    /// Adds <see cref="IKubernetesClient"/> from the section <c>Kubernetes</c>, and a health check <c>kubernetes</c> with the tag
    /// <c>ready</c>. May be called more than once. Starting the host throws <see cref="KubernetesConfigurationException"/> when no usable
    /// credentials are found; an API server that does not answer is no error at start.
    /// A <see cref="KubeconfigOverrides"/> that was registered before is obeyed.
    /// </summary>
    public static IServiceCollection AddKubernetesClient(this IServiceCollection services)
    {
        if (services.Any(service => service.ServiceType == typeof(KubernetesTransport)))
        {
            return services;
        }

        services.AddOptions<KubernetesOptions>().BindConfiguration(KubernetesOptions.SectionName).ValidateOnStart();
        services.AddSingleton<IValidateOptions<KubernetesOptions>, KubernetesOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(new KubeconfigOverrides());
        services.TryAddSingleton<ConnectionSource>();
        services.TryAddSingleton(provider =>
            provider.GetRequiredService<ConnectionSource>().Load(provider.GetRequiredService<IOptions<KubernetesOptions>>().Value));
        services.AddSingleton(provider => new DefaultNamespace(provider.GetRequiredService<KubernetesConnection>().Namespace));
        services.AddSingleton<KubernetesTransport>();
        services.AddSingleton<KubernetesClient>();
        services.TryAddSingleton<IKubernetesClient>(provider => provider.GetRequiredService<KubernetesClient>());
        services.AddHostedService<ConnectionAtStart>();
        services.AddSingleton<ApiServerHealthCheck>();
        services.AddHealthChecks().AddCheck<ApiServerHealthCheck>("kubernetes", tags: ["ready"], timeout: TimeSpan.FromSeconds(5));
        return services;
    }

    /// <summary>Asks for the connection when the host starts, so that bad credentials end the process then and not at the first request.</summary>
    private sealed class ConnectionAtStart(KubernetesConnection connection, ILogger<KubernetesConnection> logger) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            logger.UsingKubernetesApi(connection.Server, connection.Source);
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
