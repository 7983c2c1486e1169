using Webhook.Admission;

namespace Webhook.Injection;

/// <summary>Registration of the injection into HelmReleases and k0smotron Clusters.</summary>
internal static class InjectionExtensions
{
    /// <summary>Adds the handlers of HelmReleases and k0smotron Clusters. Needs <c>AddKubernetesClient</c>.</summary>
    public static IServiceCollection AddInjection(this IServiceCollection services)
    {
        services.AddSingleton<PublishedDataSources>();
        services.AddSingleton<ConsumerInjection>();
        services.AddSingleton<IMutatingHandler, HelmReleaseHandler>();
        services.AddSingleton<IMutatingHandler, K0smotronClusterHandler>();
        return services;
    }
}
