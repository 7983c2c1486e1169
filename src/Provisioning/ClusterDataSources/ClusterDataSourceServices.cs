using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Provisioning.Kubernetes;
using Provisioning.Postgres;
using Provisioning.Reconciliation;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>Registers the controllers that give clusters their databases.</summary>
public static class ClusterDataSourceServices
{
    /// <summary>
    /// Adds the controller of ClusterDataSources, and that of ClusterDeployments unless <c>Provisioning:CreateClusterDataSources</c> is
    /// false: then no ClusterDeployment is read. Where k0rdent is not installed there are none. Adds the Kubernetes client, PostgreSQL and the
    /// rules too.
    /// </summary>
    /// <param name="services">Where to add.</param>
    /// <param name="configuration">The process's configuration, read once for that switch.</param>
    public static IServiceCollection AddClusterDataSources(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddKubernetesClient();
        services.AddPostgres();
        services.AddSingleton<IAddressPolicy, EndpointAddressPolicy>();
        services.AddResourceRules();
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<ClusterDataSourceOptions>().BindConfiguration(ClusterDataSourceOptions.SectionName).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ClusterDataSourceOptions>, ClusterDataSourceOptionsValidator>();
        services.AddSingleton<ServerReader>();
        services.AddSingleton<ServerReadings>();
        services.AddSingleton<OwnedSecrets>();
        services.AddSingleton<RunningClusters>();
        services.AddSingleton<EventRecorder>();
        services.AddSingleton<ProvisioningMetrics>();
        services.AddSingleton<StatusReporter>();
        services.AddSingleton<ReleaseReports>();
        services.AddSingleton<SecretPublication>();
        services.AddSingleton<ServerSetup>();
        services.AddSingleton<DatabaseSetup>();
        services.AddSingleton<FormerLogins>();
        services.AddSingleton<RotationReports>();
        services.AddSingleton<Rotation>();
        services.AddSingleton<ServerRelease>();
        services.AddSingleton<DatabaseRelease>();
        services.AddSingleton<Lifecycle>();
        services.AddSingleton<OutsideLook>();
        services.AddSingleton<SteadyClusters>();
        services.AddSingleton<SteadyState>();
        services.AddSingleton<RetryDelays>();
        services.AddSingleton<ServerTurns>();
        services.AddSingleton<CloserLook>();
        services.AddController<ClusterDataSourceReconciler>(controller => controller
            .For<ClusterDataSource>(OwnWrites.AreNotAllOf)
            .CalledBy<ServerTurns>()
            .CalledBy<DataSourceReconciler>()
            .Watches<DataSource>((reconciler, dataSource) => reconciler.UsersOf(dataSource)));
        services.AddController<DataSourceReconciler>(controller => controller.For<DataSource>());

        var options = configuration.GetSection(ClusterDataSourceOptions.SectionName).Get<ClusterDataSourceOptions>() ?? new ClusterDataSourceOptions();
        if (options.CreateClusterDataSources)
        {
            services.AddSingleton<CreationGrace>();
            services.AddSingleton<ClusterDataSourceCreation>();
            services.AddSingleton<FollowedClusters>();
            services.AddController<ClusterDeploymentReconciler>(controller => controller
                .For<ClusterDeployment>(isOptional: true)
                .Watches<ClusterDataSource>((_, clusterDataSource) => [clusterDataSource.Key]));
        }

        return services;
    }
}
