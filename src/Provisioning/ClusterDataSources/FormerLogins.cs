using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Options;
using Provisioning.Kubernetes;
using Provisioning.Postgres;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>
/// Decides when a former password may go: once the cluster's HelmRelease names the current Secret and no session was seen for the whole of
/// <see cref="ClusterDataSourceOptions.RetireGracePeriod"/>. Forgotten by a restart, which only makes it later. Safe for concurrent use.
/// </summary>
internal sealed class FormerLogins(RunningClusters running, IOptions<ClusterDataSourceOptions> options, TimeProvider time)
{
    private static readonly TimeSpan MinLookPeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxLookPeriod = TimeSpan.FromSeconds(30);

    /// <summary>Events are kept for an hour: what lasts longer is said again.</summary>
    private static readonly TimeSpan SayAgainAfter = TimeSpan.FromMinutes(45);

    private readonly ConcurrentDictionary<NamespacedName, Watched> watched = new();

    /// <summary>How often a former login is looked at: a twentieth of the grace period, between one second and 30.</summary>
    public TimeSpan LookPeriod
    {
        get
        {
            var share = options.Value.RetireGracePeriod / 20;
            return share < MinLookPeriod ? MinLookPeriod : share > MaxLookPeriod ? MaxLookPeriod : share;
        }
    }

    /// <summary>Looks at what is known of it now.</summary>
    /// <param name="current">Its ClusterDataSource.</param>
    /// <param name="former">The login, and how many sessions it has.</param>
    /// <param name="kineSecret">The Secret that control planes are to use now.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<FormerUse> LookAsync(ClusterDataSource current, FormerLogin former, string kineSecret, CancellationToken cancellationToken)
    {
        var user = former.Sessions > 0 ? "sessions of it are open" : await FindReleaseAsync(current, kineSecret, cancellationToken);
        var now = time.GetTimestamp();
        var last = watched.TryGetValue(current.Key, out var known) && known.Role == former.Role ? known : new Watched(former.Role);
        var unusedSince = user is null ? last.UnusedSince ?? now : (long?)null;
        if (unusedSince is { } since && time.GetElapsedTime(since, now) >= options.Value.RetireGracePeriod)
        {
            watched[current.Key] = last with { UnusedSince = since };
            return new FormerUse(null, false);
        }

        var text = user ?? string.Create(CultureInfo.InvariantCulture, $"nobody may have used it for {options.Value.RetireGracePeriod}");
        var request = SetupPlan.RotationRequest(current);
        var isNews = last.Said != text || last.Request != request || time.GetElapsedTime(last.SaidAt, now) >= SayAgainAfter;
        watched[current.Key] = new Watched(former.Role) { UnusedSince = unusedSince, Said = text, Request = request, SaidAt = isNews ? now : last.SaidAt };
        return new FormerUse(text, isNews);
    }

    /// <summary>There is none, or it does not matter.</summary>
    public void Forget(NamespacedName key) => watched.TryRemove(key, out _);

    private async Task<string?> FindReleaseAsync(ClusterDataSource current, string kineSecret, CancellationToken cancellationToken)
    {
        // Whosever release it is: pods mount what it names. Another database's Secret is not our concern.
        IRunningCluster? release;
        try
        {
            release = await running.FindReleaseAsync(current.Key, clusterDeploymentUid: null, cancellationToken);
        }
        catch (ReleaseUnreadableException exception)
        {
            return exception.Message;
        }

        return release?.KineSecret() is { } used && used != kineSecret && SecretNames.AllOf(current).Contains(used, StringComparer.Ordinal)
            ? $"{release.KindName} {current.Key} still names Secret {used}"
            : null;
    }

    private sealed record Watched(PostgresIdentifier Role)
    {
        /// <summary>Null: it was in use when it was looked at last.</summary>
        public long? UnusedSince { get; init; }

        public string? Said { get; init; }

        public string? Request { get; init; }

        public long SaidAt { get; init; }
    }
}

/// <summary>Whether a former login may go.</summary>
/// <param name="WaitsFor">What it waits for; null: it may go.</param>
/// <param name="IsNews">That was not said yet.</param>
internal sealed record FormerUse(string? WaitsFor, bool IsNews);
