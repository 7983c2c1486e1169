using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Provisioning.Resources;

/// <summary>Registers the rules.</summary>
public static class ResourceServices
{
    /// <summary>
    /// Adds <see cref="ResourceRules"/> and <see cref="EndpointPolicy"/> with the settings of the section <c>Endpoints</c>, and
    /// <see cref="IRandomSuffix"/>. May be called more than once. Settings that are wrong end the process at start.
    /// </summary>
    public static IServiceCollection AddResourceRules(this IServiceCollection services)
    {
        // Binding a list twice would double it.
        if (services.Any(service => service.ServiceType == typeof(ResourceRules)))
        {
            return services;
        }

        services.AddOptions<EndpointOptions>().BindConfiguration(EndpointOptions.SectionName).ValidateOnStart();
        services.AddSingleton<IValidateOptions<EndpointOptions>, EndpointOptionsValidator>();
        services.AddSingleton(provider => new EndpointPolicy(
            provider.GetRequiredService<IOptions<EndpointOptions>>().Value,
            provider.GetRequiredService<IConfiguration>()["KUBERNETES_SERVICE_HOST"]));
        services.AddSingleton<ResourceRules>();
        services.TryAddSingleton<IRandomSuffix, RandomSuffix>();
        return services;
    }
}
