using Provisioning.Kubernetes;
using Provisioning.Reconciliation;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>
/// Looks every <see cref="CheckPeriod"/> at what a DataSource and the Secrets that it names say, since nobody watches those, and calls the ClusterDataSources that were
/// found ready on something else: new admin credentials and a new CA count within a minute, at the cost of one look however many clusters use them. What is not
/// ready looks for itself whenever it is tried again.
/// </summary>
internal sealed class DataSourceReconciler(IResourceCache<DataSource> cache, SteadyClusters clusters, ServerReadings readings) : IReconciler, IKeySource
{
    /// <summary>How often the Secrets of a DataSource are read: once a minute, and soon enough that a change counts within one.</summary>
    public static readonly TimeSpan CheckPeriod = TimeSpan.FromSeconds(55);

    private Action<NamespacedName> call = _ => { };

    /// <inheritdoc/>
    public bool IsPrimary => false;

    /// <inheritdoc/>
    public Task Synced => Task.CompletedTask;

    /// <inheritdoc/>
    public IReadOnlyList<NamespacedName> Keys() => [];

    /// <summary>Names who is told which ClusterDataSources are to be looked at.</summary>
    public void Connect(Action<NamespacedName> add) => call = add;

    /// <inheritdoc/>
    public async Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken cancellationToken)
    {
        if (!clusters.Use(key))
        {
            // It may be used later, or come back; then the informer says so.
            readings.Forget(key);
            return cache.Get(key) is null ? ReconcileResult.Done : ReconcileResult.After(CheckPeriod);
        }

        foreach (var user in clusters.FoundWithAnother(key, await readings.VersionAsync(key, TimeSpan.Zero, cancellationToken)))
        {
            call(user);
        }

        return ReconcileResult.After(CheckPeriod);
    }
}
