using Microsoft.Extensions.Options;
using Provisioning.Kubernetes;
using Provisioning.Reconciliation;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>
/// Remembers of each ClusterDataSource that was found ready as what, with what its DataSource said, and when; and says when the next look is due. Safe for concurrent
/// use; forgotten by a restart.
/// </summary>
internal sealed class SteadyClusters(IOptions<ReconciliationOptions> resyncs, IOptions<ClusterDataSourceOptions> options, TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly Dictionary<NamespacedName, Seen> seen = [];

    // Who was found ready on what each DataSource says.
    private readonly Dictionary<NamespacedName, HashSet<NamespacedName>> users = [];

    /// <summary>
    /// How often each database is looked into: the resync period, or with many of them <see cref="ClusterDataSourceOptions.InsidePace"/> for each, since every look takes three logins.
    /// </summary>
    public TimeSpan InsidePeriod
    {
        get
        {
            int count;
            lock (gate)
            {
                count = seen.Count;
            }

            var paced = options.Value.InsidePace * count;
            return paced > Period ? paced : Period;
        }
    }

    private TimeSpan Period => resyncs.Value.ResyncPeriod;

    /// <summary>What is remembered; null: nothing.</summary>
    public Seen? Find(NamespacedName key)
    {
        lock (gate)
        {
            return seen.GetValueOrDefault(key);
        }
    }

    /// <summary>It was made ready, or found so, by a closer look.</summary>
    /// <param name="current">As it was.</param>
    /// <param name="serverVersion">The version of what its DataSource said.</param>
    /// <returns>When it is to be looked at again.</returns>
    public TimeSpan FoundClosely(ClusterDataSource current, string serverVersion)
    {
        var now = new Look(time.GetTimestamp(), 1);
        return Set(new Seen(current, serverVersion, now, now));
    }

    /// <summary>
    /// It was found as another process left it. All of them come at once then, and shall not do so again: each goes on as if it had been looked at some time ago.
    /// </summary>
    /// <inheritdoc cref="FoundClosely"/>
    public TimeSpan FoundFirst(ClusterDataSource current, string serverVersion)
    {
        var now = new Look(time.GetTimestamp(), Random.Shared.NextDouble());
        return Set(new Seen(current, serverVersion, now, now));
    }

    /// <summary>It was found ready from outside.</summary>
    /// <param name="current">As it was.</param>
    /// <param name="last">What was remembered.</param>
    /// <param name="serverVersion">The version of what its DataSource said.</param>
    /// <param name="began">When the look began.</param>
    /// <inheritdoc cref="FoundClosely" path="/returns"/>
    public TimeSpan FoundFromOutside(ClusterDataSource current, Seen last, string serverVersion, long began) =>
        Set(last with { Object = current, ServerVersion = serverVersion, At = new Look(began, 1) });

    /// <summary>It is not known to be steady any more.</summary>
    public void Doubt(NamespacedName key)
    {
        lock (gate)
        {
            Remove(key);
            seen[key] = Seen.Unsteady;
        }
    }

    /// <summary>It is gone.</summary>
    public void Forget(NamespacedName key)
    {
        lock (gate)
        {
            Remove(key);
        }
    }

    /// <summary>How long it can be left, as far as time alone says; zero or less: a look is due. Those of one step of the clock come together.</summary>
    public TimeSpan DueIn(Seen last)
    {
        var now = time.GetTimestamp();
        var rest = (Period * last.At.Share) - time.GetElapsedTime(last.At.At, now);
        if (rest <= TimeSpan.Zero)
        {
            return rest;
        }

        var step = (Period / ReconciliationOptions.ResyncBatches).TotalSeconds * time.TimestampFrequency;
        var due = now + (rest.TotalSeconds * time.TimestampFrequency);
        return TimeSpan.FromSeconds(((Math.Ceiling(due / step) * step) - now) / time.TimestampFrequency);
    }

    /// <summary>Whether its database is to be looked into.</summary>
    public bool IsInsideDue(Seen last) => time.GetElapsedTime(last.InsideAt.At) >= InsidePeriod * last.InsideAt.Share;

    /// <summary>Whether any was found ready on what this DataSource said.</summary>
    public bool Use(NamespacedName dataSource)
    {
        lock (gate)
        {
            return users.ContainsKey(dataSource);
        }
    }

    /// <summary>Those that were found ready when this DataSource said something else. A snapshot.</summary>
    /// <param name="dataSource">The DataSource.</param>
    /// <param name="serverVersion">The version of what it says now; null: nothing that can be used.</param>
    public IReadOnlyList<NamespacedName> FoundWithAnother(NamespacedName dataSource, string? serverVersion)
    {
        lock (gate)
        {
            return [.. (users.GetValueOrDefault(dataSource) ?? []).Where(key => seen[key].ServerVersion != serverVersion)];
        }
    }

    private TimeSpan Set(Seen found)
    {
        var key = found.Object!.Key;
        lock (gate)
        {
            Remove(key);
            seen[key] = found;
            if (!users.TryGetValue(found.DataSource, out var others))
            {
                users.Add(found.DataSource, others = []);
            }

            others.Add(key);
        }

        return DueIn(found);
    }

    private void Remove(NamespacedName key)
    {
        if (seen.Remove(key, out var last) && last.Object is not null && users.TryGetValue(last.DataSource, out var others))
        {
            others.Remove(key);
            if (others.Count == 0)
            {
                users.Remove(last.DataSource);
            }
        }
    }

    /// <param name="Object">As it was; null: it is not known to be steady.</param>
    /// <param name="ServerVersion">The version of what its DataSource said.</param>
    /// <param name="At">The last look from outside or closer.</param>
    /// <param name="InsideAt">The last closer look, or, of what was found as it was left by another process, the first look of this one.</param>
    internal sealed record Seen(ClusterDataSource? Object, string ServerVersion, Look At, Look InsideAt)
    {
        public static Seen Unsteady { get; } = new(null, "", new Look(0, 0), new Look(0, 0));

        /// <summary>Its DataSource.</summary>
        public NamespacedName DataSource => Object!.Key with { Name = Object.Spec!.DataSource! };
    }

    /// <param name="At">When it was.</param>
    /// <param name="Share">After which part of the period the next one is due.</param>
    internal sealed record Look(long At, double Share);
}
