using Webhook.Admission;

namespace Webhook.Injection;

/// <summary>Registration of the injection into HelmReleases.</summary>
internal static class InjectionExtensions
{
    /// <summary>Adds the handler of HelmReleases. Needs <c>AddKubernetesClient</c>.</summary>
    public static IServiceCollection AddInjection(this IServiceCollection services)
    {
        services.AddSingleton<PublishedDataSources>();
        services.AddSingleton<IMutatingHandler, HelmReleaseHandler>();
        return services;
    }
}
