using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Provisioning.Kubernetes;
using Provisioning.Reconciliation;
using Provisioning.Resources;

namespace Provisioning.Consumers;

/// <summary>Registers the controllers of objects that get databases by annotation.</summary>
public static class ConsumerServices
{
    /// <summary>
    /// Adds a controller for each kind, unless <c>Provisioning:Consumers</c> is false. No kind need exist: one whose CRD is not installed is
    /// looked for. Needs <c>AddClusterDataSources</c>.
    /// </summary>
    /// <param name="services">Where to add.</param>
    /// <param name="configuration">The process's configuration, read once for that switch.</param>
    public static IServiceCollection AddConsumers(this IServiceCollection services, IConfiguration configuration)
    {
        var options = configuration.GetSection(ConsumerOptions.SectionName).Get<ConsumerOptions>() ?? new ConsumerOptions();
        if (!options.Consumers)
        {
            return services;
        }

        services.AddOptionalInformer<K0smotronClusterV1Beta1, K0smotronCluster>();
        services.AddConsumer<HelmRelease, HelmReleaseConsumer>("HelmRelease");
        services.AddConsumer<K0smotronCluster, K0smotronClusterConsumer>("K0smotronCluster");
        services.AddConsumer<K0smotronClusterV1Beta1, K0smotronClusterV1Beta1Consumer>("K0smotronClusterV1Beta1");
        return services;
    }

    private static void AddConsumer<TSeen, TConsumer>(this IServiceCollection services, string name)
        where TSeen : Resource, IResource
        where TConsumer : Resource, IConsumer =>
        services.AddController<ConsumerReconciler<TSeen, TConsumer>>(controller =>
        {
            controller.Name = name;
            controller.For<TSeen>(ConsumerReconciler<TSeen, TConsumer>.Concerns, isOptional: true)
                .Watches<ClusterDataSource>((_, clusterDataSource) => [clusterDataSource.Key]);
        });
}
