using Microsoft.Extensions.DependencyInjection;
using Provisioning.Kubernetes;

namespace Provisioning.Reconciliation;

/// <summary>Says which changes make a reconciler run. Registers the informers that this takes.</summary>
public sealed class ControllerBuilder<TReconciler>
    where TReconciler : class, IReconciler
{
    private readonly IServiceCollection services;
    private readonly List<Func<IServiceProvider, TReconciler, IKeySource>> sources = [];
    private bool hasPrimary;

    internal ControllerBuilder(IServiceCollection services) => this.services = services;

    /// <summary>The name in logs and metrics; unique in the process. Default: the reconciler's type without "Reconciler".</summary>
    public string Name { get; set; } = typeof(TReconciler).Name.Replace("Reconciler", "", StringComparison.Ordinal);

    internal IReadOnlyList<Func<IServiceProvider, TReconciler, IKeySource>> Sources =>
        hasPrimary ? sources : throw new InvalidOperationException($"The controller {Name} needs a kind of its own: call For<T>().");

    /// <summary>The kind that is reconciled: its keys are the reconciler's keys.</summary>
    /// <param name="when">
    /// Which changes count; null: all. Runs on the informer's time, so it must be quick. What it skips is still reconciled by the next resync.
    /// </param>
    /// <param name="isOptional">
    /// True: where the kind's CRD is not installed the controller works as if there were no objects of it, and begins with them when it is.
    /// </param>
    public ControllerBuilder<TReconciler> For<T>(Func<ResourceChange<T>, bool>? when = null, bool isOptional = false)
        where T : class, IResource
    {
        if (hasPrimary)
        {
            throw new InvalidOperationException($"The controller {Name} already has a kind of its own; use Watches<T>() for others.");
        }

        hasPrimary = true;
        if (isOptional)
        {
            services.AddOptionalInformer<T>();
        }
        else
        {
            services.AddInformer<T>();
        }

        return Add<T>(isPrimary: true, (_, change) => when is null || when(change) ? [change.Key] : []);
    }

    /// <summary>Another kind whose changes concern objects of the first.</summary>
    /// <param name="map">
    /// The keys that an object concerns; called with what it was and with what it is. Runs on the informer's time, so it must be quick: caches
    /// may be read, the network may not.
    /// </param>
    public ControllerBuilder<TReconciler> Watches<T>(Func<TReconciler, T, IEnumerable<NamespacedName>> map)
        where T : class, IResource
    {
        services.AddInformer<T>();
        return Add<T>(isPrimary: false, (reconciler, change) =>
        {
            var before = change.Old is null ? [] : map(reconciler, change.Old);
            var after = change.New is null ? [] : map(reconciler, change.New);
            return before.Union(after);
        });
    }

    /// <summary>A service that says by itself when keys are to be looked at.</summary>
    internal ControllerBuilder<TReconciler> CalledBy<TSource>()
        where TSource : class, IKeySource
    {
        sources.Add((provider, _) => provider.GetRequiredService<TSource>());
        return this;
    }

    private ControllerBuilder<TReconciler> Add<T>(bool isPrimary, Func<TReconciler, ResourceChange<T>, IEnumerable<NamespacedName>> map)
        where T : class, IResource
    {
        sources.Add((provider, reconciler) =>
            new KeySource<T>(provider.GetRequiredService<ResourceStore<T>>(), isPrimary, change => map(reconciler, change)));
        return this;
    }
}
