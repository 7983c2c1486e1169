using Microsoft.Extensions.DependencyInjection;
using Provisioning.ClusterDataSources;
using Provisioning.Kubernetes;
using Provisioning.Postgres;
using Provisioning.Resources;

namespace Provisioning.Inspection;

/// <summary>Registers what a person's tools need; no controller runs.</summary>
public static class InspectionServices
{
    /// <summary>Adds <see cref="IClusterInspector"/>, <see cref="IClusterRequests"/> and <see cref="IClusterAdoption"/>, with the Kubernetes client, PostgreSQL and the rules.</summary>
    public static IServiceCollection AddInspection(this IServiceCollection services)
    {
        services.AddKubernetesClient();
        services.AddPostgres();
        services.AddSingleton<IAddressPolicy, EndpointAddressPolicy>();
        services.AddResourceRules();
        services.AddSingleton<ServerReader>();
        services.AddSingleton<RunningClusters>();
        services.AddSingleton<ObjectReader>();
        services.AddSingleton<ServerLook>();
        services.AddSingleton<IClusterInspector, ClusterInspector>();
        services.AddSingleton<RequestNews>();
        services.AddSingleton<MoveCheck>();
        services.AddSingleton<IClusterRequests, ClusterRequests>();
        services.AddSingleton<IClusterAdoption, ClusterAdoption>();
        return services;
    }
}
