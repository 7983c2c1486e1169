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
    /// Decides. In doubt it has to be looked at closely, and it is not taken for steady again before <see cref="SteadyClusters.FoundClosely"/>; whose turn has come
    /// stays steady until the look says otherwise. Throws when the API server fails.
    /// </summary>
    public async Task<SteadyDecision> DecideAsync(NamespacedName key, CancellationToken cancellationToken)
    {
        if (cache.Get(key) is not { } current)
        {
            return SteadyDecision.LookCloser.Anew;
        }

        SteadyDecision decision;
        if (clusters.Find(key) is not { } last)
        {
            decision = await LookFirstAsync(current, cancellationToken);
        }
        else if (last is { Object: { } before } && !OwnWrites.AreNotAllOf(new ResourceChange<ClusterDataSource>(key, before, current)))
        {
            decision = await LookAgainAsync(current, last, cancellationToken);
        }
        else
        {
            decision = SteadyDecision.LookCloser.Anew;
        }

        if (decision is SteadyDecision.LookCloser { Steady: null })
        {
            clusters.Doubt(key);
        }

        return decision;
    }

    /// <summary>The ClusterDataSources that a DataSource concerns. Reads no network.</summary>
    public IEnumerable<NamespacedName> UsersOf(DataSource dataSource) => cache.List(dataSource.Metadata.Namespace)
        .Where(user => user.Spec?.DataSource == dataSource.Metadata.Name)
        .Select(user => user.Key);

    private async Task<SteadyDecision> LookFirstAsync(ClusterDataSource current, CancellationToken cancellationToken) =>
        Decide(
            await outside.RunAsync(current, withAllSecrets: false, cancellationToken),
            unchanged => clusters.FoundFirst(current, unchanged.ServerVersion));

    private async Task<SteadyDecision> LookAgainAsync(ClusterDataSource current, SteadyClusters.Seen last, CancellationToken cancellationToken)
    {
        var isSame = await outside.Servers.VersionAsync(last.DataSource, ServerReadings.MaxAge, cancellationToken) == last.ServerVersion;
        if (isSame && clusters.DueIn(last) is { } rest && rest > TimeSpan.Zero)
        {
            return new SteadyDecision.Leave(rest);
        }

        if (clusters.IsInsideDue(last))
        {
            return isSame ? new SteadyDecision.LookCloser(current) : SteadyDecision.LookCloser.Anew;
        }

        var began = time.GetTimestamp();
        return Decide(
            await outside.RunAsync(current, withAllSecrets: true, cancellationToken),
            unchanged => clusters.FoundFromOutside(current, last, unchanged.ServerVersion, began));
    }

    private static SteadyDecision Decide(OutsideView view, Func<OutsideView.Unchanged, TimeSpan> found) => view switch
    {
        OutsideView.Unchanged unchanged => new SteadyDecision.Leave(found(unchanged)),
        OutsideView.TooEarly => new SteadyDecision.Leave(CatalogueDelay),
        _ => SteadyDecision.LookCloser.Anew,
    };
}

/// <summary>What is to become of a ClusterDataSource.</summary>
internal abstract record SteadyDecision
{
    private SteadyDecision()
    {
    }

    /// <summary>It may be left as it is.</summary>
    /// <param name="For">How long.</param>
    public sealed record Leave(TimeSpan For) : SteadyDecision;

    /// <summary>It has to be looked at closely now.</summary>
    /// <param name="Steady">Nothing speaks for a change, only its turn has come: what was found ready; null: something differs, or nothing is known.</param>
    public sealed record LookCloser(ClusterDataSource? Steady) : SteadyDecision
    {
        /// <summary>By nothing that was read before.</summary>
        public static LookCloser Anew { get; } = new(Steady: null);
    }
}
