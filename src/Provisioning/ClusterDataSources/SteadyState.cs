using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Provisioning.Kubernetes;
using Provisioning.Reconciliation;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>
/// Decides how closely a ClusterDataSource has to be looked at. What was found ready costs nothing every minute unless its
/// DataSource's Secrets changed: new admin credentials and a new CA count within that minute, and nobody watches Secrets. After such a change, at each resync, and by
/// a controller that has just started, it is looked at from outside; into its database, and by a login as its role, at
/// each <see cref="InsidePeriod"/>. Forgotten by a restart. Safe for concurrent use.
/// </summary>
internal sealed class SteadyState(
    IResourceCache<ClusterDataSource> cache,
    OutsideLook outside,
    IOptions<ReconciliationOptions> resyncs,
    IOptions<ClusterDataSourceOptions> options,
    TimeProvider time)
{
    /// <summary>How often the Secrets of a DataSource are looked at.</summary>
    public static readonly TimeSpan CheckPeriod = TimeSpan.FromSeconds(45);

    /// <summary>How soon is asked again for a catalogue that is being read.</summary>
    public static readonly TimeSpan CatalogueDelay = TimeSpan.FromSeconds(0.5);

    private readonly ConcurrentDictionary<NamespacedName, Seen> seen = new();

    /// <summary>
    /// How often each database is looked into: the resync period, or with many of them <see cref="ClusterDataSourceOptions.InsidePace"/> for each, since every look takes three logins.
    /// </summary>
    public TimeSpan InsidePeriod
    {
        get
        {
            var paced = options.Value.InsidePace * seen.Count;
            return paced > resyncs.Value.ResyncPeriod ? paced : resyncs.Value.ResyncPeriod;
        }
    }

    /// <summary>It was made ready, or found so, by a closer look.</summary>
    /// <param name="current">As it was.</param>
    /// <param name="serverVersion">The version of what its DataSource said.</param>
    public void Remember(ClusterDataSource current, string serverVersion)
    {
        var now = new Look(time.GetTimestamp(), 1);
        seen[current.Key] = new Seen(current, serverVersion, now, now);
    }

    /// <summary>It is gone.</summary>
    public void Forget(NamespacedName key) => seen.TryRemove(key, out _);

    /// <summary>
    /// How long it may be left as it is; null: it has to be looked at closely now. In doubt it has to, and it is not taken for steady again before
    /// <see cref="Remember"/>. Throws when the API server fails.
    /// </summary>
    public async Task<TimeSpan?> LeaveForAsync(NamespacedName key, CancellationToken cancellationToken)
    {
        if (cache.Get(key) is not { } current)
        {
            return null;
        }

        TimeSpan? leave;
        if (!seen.TryGetValue(key, out var last))
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
            seen[key] = Seen.Unsteady;
        }

        return leave;
    }

    /// <summary>The ClusterDataSources that a DataSource concerns. Reads no network.</summary>
    public IEnumerable<NamespacedName> UsersOf(DataSource dataSource) => cache.List(dataSource.Metadata.Namespace)
        .Where(user => user.Spec?.DataSource == dataSource.Metadata.Name)
        .Select(user => user.Key);

    private async Task<TimeSpan?> LookFirstAsync(ClusterDataSource current, CancellationToken cancellationToken)
    {
        switch (await outside.RunAsync(current, withAllSecrets: false, cancellationToken))
        {
            case OutsideView.Unchanged unchanged:
                // All of them come at once now, and shall not do so again: each goes on as if it had been looked at some time ago.
                var share = Random.Shared.NextDouble();
                var now = new Look(time.GetTimestamp(), share);
                seen[current.Key] = new Seen(current, unchanged.ServerVersion, now, now);
                return CheckPeriod * (1 - (share / 2));
            case OutsideView.TooEarly:
                return CatalogueDelay;
            default:
                return null;
        }
    }

    private async Task<TimeSpan?> LookAgainAsync(ClusterDataSource current, Seen last, CancellationToken cancellationToken)
    {
        var isSame = await outside.Servers.CurrentAsync(current.Key with { Name = current.Spec!.DataSource! }, cancellationToken) == last.ServerVersion;
        if (isSame && !IsOver(last.At, resyncs.Value.ResyncPeriod))
        {
            return CheckPeriod;
        }

        if (IsOver(last.InsideAt, InsidePeriod))
        {
            return null;
        }

        var now = new Look(time.GetTimestamp(), 1);
        switch (await outside.RunAsync(current, withAllSecrets: true, cancellationToken))
        {
            case OutsideView.Unchanged unchanged:
                seen[current.Key] = last with { Object = current, ServerVersion = unchanged.ServerVersion, At = now };
                return CheckPeriod;
            case OutsideView.TooEarly:
                return CatalogueDelay;
            default:
                return null;
        }
    }

    private bool IsOver(Look last, TimeSpan period) => time.GetElapsedTime(last.At) >= period * last.Share;

    /// <param name="Object">As it was; null: it is not known to be steady.</param>
    /// <param name="ServerVersion">The version of what its DataSource said.</param>
    /// <param name="At">The last look from outside or closer.</param>
    /// <param name="InsideAt">The last closer look, or, of what was found as it was left by another process, the first look of this one.</param>
    private sealed record Seen(ClusterDataSource? Object, string ServerVersion, Look At, Look InsideAt)
    {
        public static Seen Unsteady { get; } = new(null, "", new Look(0, 0), new Look(0, 0));
    }

    /// <param name="At">When it was.</param>
    /// <param name="Share">After which part of the period the next one is due.</param>
    private sealed record Look(long At, double Share);
}
