using Microsoft.Extensions.DependencyInjection.Extensions;
using Provisioning.Resources;
using Webhook.Admission;

namespace Webhook.Validation;

/// <summary>Registers what the validating webhook decides.</summary>
internal static class ValidationServices
{
    /// <summary>
    /// Adds the three validating handlers. Needs an IKubernetesClient and <c>AddSecretAuthorization</c>; uses the informers of
    /// ClusterDataSource and DataSource where the process has them.
    /// </summary>
    public static IServiceCollection AddValidation(this IServiceCollection services)
    {
        services.AddResourceRules();
        services.AddOptions<ValidationOptions>().BindConfiguration(ValidationOptions.SectionName);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(typeof(ClusterObjects<>));
        services.AddSingleton<DataSourceUsers>();
        services.AddSingleton<DataSourceLookup>();
        services.AddSingleton<PassedSchemas>();
        services.AddSingleton<SchemaUniqueness>();
        services.AddSingleton<StatusWriters>();
        services.AddSingleton<SecretAccessRule>();
        services.AddSingleton<IValidatingHandler, DataSourceHandler>();
        services.AddSingleton<IValidatingHandler, ClusterDataSourceHandler>();
        services.AddSingleton<IValidatingHandler, ClusterDeploymentHandler>();
        return services;
    }
}
