using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Provisioning.Postgres;

/// <summary>Registers this folder.</summary>
public static class PostgresServices
{
    /// <summary>
    /// Adds <see cref="IDatabaseProvisioner"/> and <see cref="IServerCatalogues"/> with the options of section <c>Postgres</c>. It needs an <see cref="IAddressPolicy"/>, which
    /// is the caller's to add.
    /// </summary>
    public static IServiceCollection AddPostgres(this IServiceCollection services)
    {
        services.AddOptions<PostgresOptions>().BindConfiguration(PostgresOptions.SectionName).ValidateOnStart();
        services.AddSingleton<IValidateOptions<PostgresOptions>, PostgresOptionsValidator>();
        services.AddSingleton<EndpointResolver>();
        services.TryAddSingleton<IFaultPoints, NoFaultPoints>();
        services.AddSingleton<ServerConnector>();
        services.AddSingleton<DatabaseInspector>();
        services.AddSingleton<Adoption>();
        services.AddSingleton<ServerGate>();
        services.AddSingleton<StepExecutor>();
        services.AddSingleton<RoleRelease>();
        services.AddSingleton<IDatabaseProvisioner, DatabaseProvisioner>();
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<PostgresMetrics>();
        services.AddSingleton<CatalogueReader>();
        services.AddSingleton<IServerCatalogues, ServerCatalogues>();
        return services;
    }
}
