using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Provisioning.Kubernetes;

namespace Provisioning.Reconciliation;

/// <summary>Registers informers and controllers. All need an <see cref="IKubernetesClient"/>.</summary>
public static class ReconciliationServices
{
    /// <summary>
    /// Adds an informer of <typeparamref name="T"/> in all namespaces and its <see cref="IResourceCache{T}"/>, and once for all informers
    /// the health check <c>informers</c> with the tag <c>ready</c>. May be called more than once per kind: there is one list and one watch.
    /// </summary>
    public static IServiceCollection AddInformer<T>(this IServiceCollection services)
        where T : class, IResource =>
        services.AddInformer(new KindPresence<T> { IsOptional = false });

    /// <summary>
    /// The same for a kind that this cluster need not have: without its CRD it has no objects, and is looked for every half a minute.
    /// Somebody's <see cref="AddInformer{T}(IServiceCollection)"/> makes it one that must be there.
    /// </summary>
    public static IServiceCollection AddOptionalInformer<T>(this IServiceCollection services)
        where T : class, IResource =>
        services.AddInformer(new KindPresence<T> { IsOptional = true });

    /// <summary>The same for an older version of a kind, which is not followed where <typeparamref name="TNewer"/> is served.</summary>
    public static IServiceCollection AddOptionalInformer<T, TNewer>(this IServiceCollection services)
        where T : class, IResource
        where TNewer : class, IResource
    {
        services.AddOptionalInformer<TNewer>();
        return services.AddInformer(new KindPresence<T> { IsOptional = true, Preferred = PresenceOf<TNewer>(services) });
    }

    private static KindPresence<T>? PresenceOf<T>(IServiceCollection services) =>
        services.FirstOrDefault(service => service.ServiceType == typeof(KindPresence<T>))?.ImplementationInstance as KindPresence<T>;

    private static IServiceCollection AddInformer<T>(this IServiceCollection services, KindPresence<T> presence)
        where T : class, IResource
    {
        if (PresenceOf<T>(services) is { } known)
        {
            known.IsOptional &= presence.IsOptional;
            return services;
        }

        services.AddReconciliation();
        services.AddSingleton(presence);
        services.AddSingleton<ResourceStore<T>>();
        services.AddSingleton<IResourceCache<T>>(provider => provider.GetRequiredService<ResourceStore<T>>());
        services.AddSingleton<Informer<T>>();
        services.AddSingleton<IInformer>(provider => provider.GetRequiredService<Informer<T>>());
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<Informer<T>>());
        return services;
    }

    /// <summary>
    /// Adds a controller that runs <typeparamref name="TReconciler"/> (a singleton) on the changes that <paramref name="configure"/> names,
    /// with the settings of the section <c>Provisioning</c>, while this process leads.
    /// </summary>
    public static IServiceCollection AddController<TReconciler>(
        this IServiceCollection services, Action<ControllerBuilder<TReconciler>> configure)
        where TReconciler : class, IReconciler
    {
        services.AddLeadership();
        services.TryAddSingleton<TReconciler>();
        var builder = new ControllerBuilder<TReconciler>(services);
        configure(builder);
        var (name, sources) = (builder.Name, builder.Sources);
        services.AddSingleton<IHostedService>(provider =>
        {
            var reconciler = provider.GetRequiredService<TReconciler>();
            var environment = provider.GetRequiredService<ControllerEnvironment>();
            var logger = provider.GetRequiredService<ILogger<TReconciler>>();
            var loop = new ReconcileLoop(reconciler, name, environment.Time, environment.Metrics, logger);
            return new Controller(name, [.. sources.Select(source => source(provider, reconciler))], loop, environment, logger);
        });
        return services;
    }

    private static void AddReconciliation(this IServiceCollection services)
    {
        if (services.Any(service => service.ServiceType == typeof(ReconciliationMetrics)))
        {
            return;
        }

        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<ReconciliationMetrics>();
        services.AddOptions<ReconciliationOptions>().BindConfiguration(ReconciliationOptions.SectionName).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ReconciliationOptions>, ReconciliationOptionsValidator>();
        services.AddHealthChecks().AddCheck<InformersHealthCheck>("informers", tags: ["ready"]);
    }

    // Before any controller: hosted services stop in reverse order, and the Lease must outlive the work.
    private static void AddLeadership(this IServiceCollection services)
    {
        services.AddReconciliation();
        if (services.Any(service => service.ServiceType == typeof(Leadership)))
        {
            return;
        }

        services.AddSingleton<Leadership>();
        services.AddSingleton<ILeadership>(provider => provider.GetRequiredService<Leadership>());
        services.AddSingleton(provider => new ControllerEnvironment(
            provider.GetRequiredService<ILeadership>(),
            provider.GetRequiredService<IOptions<ReconciliationOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ReconciliationMetrics>()));
        services.AddSingleton<IHostedService>(CreateElector);
    }

    private static IHostedService CreateElector(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptions<ReconciliationOptions>>().Value;
        var leadership = provider.GetRequiredService<Leadership>();
        if (!options.LeaderElection)
        {
            return new AlwaysLeader(leadership, provider.GetRequiredService<ReconciliationMetrics>());
        }

        var inNamespace = string.IsNullOrEmpty(options.LeaseNamespace)
            ? provider.GetService<KubernetesConnection>()?.Namespace ?? "default"
            : options.LeaseNamespace;
        var time = provider.GetRequiredService<TimeProvider>();
        var election = new LeaseElection(
            provider.GetRequiredService<IKubernetesClient>(),
            new NamespacedName(inNamespace, options.LeaseName),
            $"{Environment.MachineName}_{Guid.NewGuid():N}",
            time);
        return new LeaderElector(
            election,
            leadership,
            time,
            provider.GetRequiredService<ReconciliationMetrics>(),
            provider.GetRequiredService<ILogger<LeaderElector>>());
    }

    /// <summary>Stands in for the elector when there is only one process.</summary>
    private sealed class AlwaysLeader(Leadership leadership, ReconciliationMetrics metrics) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            metrics.Leads(true);
            leadership.Begin(CancellationToken.None);
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
