using Provisioning.Kubernetes;
using Provisioning.Reconciliation;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>
/// Decides how closely a ClusterDataSource has to be looked at. What was found ready costs nothing before the next resync, unless it changed, or its
/// DataSource or one of that one's Secrets did, which <see cref="DataSourceReconciler"/> looks for once for all who use it. Then, at each resync, and by
/// a controller that has just started, it is looked at from outside; into its database, and by a login as its role, at
/// each <see cref="SteadyClusters.InsidePeriod"/>. Safe for concurrent use.
/// </summary>
internal sealed class SteadyState(IResourceCache<ClusterDataSource> cache, OutsideLook outside, SteadyClusters clusters, TimeProvider time)
{
    /// <summary>How soon is asked again for a catalogue that is being read.</summary>
    public static readonly TimeSpan CatalogueDelay = TimeSpan.FromSeconds(0.5);

    /// <summary>
    /// How long it may be left as it is; null: it has to be looked at closely now. In doubt it has to, and it is not taken for steady again before
    /// <see cref="SteadyClusters.FoundClosely"/>. Throws when the API server fails.
    /// </summary>
    public async Task<TimeSpan?> LeaveForAsync(NamespacedName key, CancellationToken cancellationToken)
    {
        if (cache.Get(key) is not { } current)
        {
            return null;
        }

        TimeSpan? leave;
        if (clusters.Find(key) is not { } last)
        {
            leave = await LookFirstAsync(current, cancellationToken);
        }
        else if (last is { Object: { } before } && !OwnWrites.AreNotAllOf(new ResourceChange<ClusterDataSource>(key, before, current)))
        {
            leave = await LookAgainAsync(current, last, cancellationToken);
        }
        else
        {
            leave = null;
        }

        if (leave is null)
        {
            clusters.Doubt(key);
        }

        return leave;
    }

    /// <summary>The ClusterDataSources that a DataSource concerns. Reads no network.</summary>
    public IEnumerable<NamespacedName> UsersOf(DataSource dataSource) => cache.List(dataSource.Metadata.Namespace)
        .Where(user => user.Spec?.DataSource == dataSource.Metadata.Name)
        .Select(user => user.Key);

    private async Task<TimeSpan?> LookFirstAsync(ClusterDataSource current, CancellationToken cancellationToken) =>
        await outside.RunAsync(current, withAllSecrets: false, cancellationToken) switch
        {
            OutsideView.Unchanged unchanged => clusters.FoundFirst(current, unchanged.ServerVersion),
            OutsideView.TooEarly => CatalogueDelay,
            _ => null,
        };

    private async Task<TimeSpan?> LookAgainAsync(ClusterDataSource current, SteadyClusters.Seen last, CancellationToken cancellationToken)
    {
        var isSame = await outside.Servers.CurrentAsync(last.DataSource, cancellationToken) == last.ServerVersion;
        if (isSame && clusters.DueIn(last) is { } rest && rest > TimeSpan.Zero)
        {
            return rest;
        }

        if (clusters.IsInsideDue(last))
        {
            return null;
        }

        var began = time.GetTimestamp();
        return await outside.RunAsync(current, withAllSecrets: true, cancellationToken) switch
        {
            OutsideView.Unchanged unchanged => clusters.FoundFromOutside(current, last, unchanged.ServerVersion, began),
            OutsideView.TooEarly => CatalogueDelay,
            _ => null,
        };
    }
}
