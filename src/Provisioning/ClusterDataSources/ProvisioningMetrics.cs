using System.Collections.Frozen;
using System.Diagnostics.Metrics;
using Provisioning.Postgres;
using Provisioning.Reconciliation;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>The meter <c>Provisioning.ClusterDataSources</c>. No label holds what a tenant can choose freely.</summary>
internal sealed class ProvisioningMetrics
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Provisioning.ClusterDataSources";

    /// <summary>What means that the controller did not get in; with any other reason the server answered as it should.</summary>
    private static readonly FrozenSet<string> LockedOut = new[]
    {
        PostgresReasons.AddressForbidden, PostgresReasons.AuthenticationFailed, PostgresReasons.AuthenticationMethodRefused, PostgresReasons.CertificateAuthorityInvalid,
        PostgresReasons.CertificateInvalid, PostgresReasons.ConnectionLost, PostgresReasons.MaintenanceDatabaseMissing, PostgresReasons.NoPrimary,
        PostgresReasons.ServerStarting, PostgresReasons.ServerUnreachable, PostgresReasons.Timeout, PostgresReasons.TlsUnavailable, PostgresReasons.TooManyConnections,
    }.ToFrozenSet(StringComparer.Ordinal);

    private readonly IResourceCache<ClusterDataSource> cache;
    private readonly IResourceCache<DataSource> dataSources;
    private readonly Counter<long> steps;
    private readonly Counter<long> outcomes;
    private readonly Counter<long> unchanged;

    /// <summary>Makes the instruments. The number of databases is counted in the caches when it is read.</summary>
    public ProvisioningMetrics(IMeterFactory meters, IResourceCache<ClusterDataSource> cache, IResourceCache<DataSource> dataSources)
    {
        this.cache = cache;
        this.dataSources = dataSources;
        var meter = meters.Create(MeterName);
        steps = meter.CreateCounter<long>("clusterdatasources.provisioning.steps", "{step}", "Changes made on PostgreSQL servers");
        outcomes = meter.CreateCounter<long>("clusterdatasources.reconciles", "{reconcile}", "Reconciles of ClusterDataSources by outcome");
        unchanged = meter.CreateCounter<long>(
            "clusterdatasources.unchanged", "{look}", "Looks from outside that found a ready ClusterDataSource as it was left: no session in its database was needed");
        meter.CreateObservableGauge("clusterdatasources.databases", CountDatabases, "{database}", "ClusterDataSources by state");
        meter.CreateObservableGauge(
            "clusterdatasources.server.up",
            ObserveServers,
            "1",
            "By the uid of a DataSource that clusters use: 1 when the controller gets in, 0 when it did not for one of them the last time");
    }

    /// <summary>Counts one reconcile.</summary>
    public void Count(Outcome outcome)
    {
        var label = outcome switch
        {
            Outcome.Ready => "Ready",
            Outcome.Failed failed => failed.Problem.Reason,
            Outcome.Busy => "Busy",
            _ => "Released",
        };
        outcomes.Add(1, new KeyValuePair<string, object?>("outcome", label));
        if (outcome is Outcome.Ready { Steps.Count: > 0 } ready)
        {
            steps.Add(ready.Steps.Count);
        }
    }

    /// <summary>Counts one look from outside that found nothing to be done.</summary>
    public void CountUnchanged() => unchanged.Add(1);

    private IEnumerable<Measurement<long>> CountDatabases() =>
        cache.List(null).CountBy(StateOf).Select(state => new Measurement<long>(state.Value, new KeyValuePair<string, object?>("state", state.Key)));

    // The uid is the API server's: a name would be the tenant's.
    private IEnumerable<Measurement<long>> ObserveServers() => cache.List(null)
        .Where(user => user.Status is not null && !string.IsNullOrEmpty(user.Spec?.DataSource))
        .GroupBy(user => user.Key with { Name = user.Spec!.DataSource! })
        .Select(users => (dataSources.Get(users.Key)?.Metadata.Uid, IsUp: !users.Any(IsLockedOut)))
        .Where(server => server.Uid is not null)
        .Select(server => new Measurement<long>(server.IsUp ? 1 : 0, new KeyValuePair<string, object?>("datasource_uid", server.Uid)));

    private static bool IsLockedOut(ClusterDataSource user) => user.Status?.Error is { } error && LockedOut.Contains(error.Split(':', 2)[0]);

    private static string StateOf(ClusterDataSource clusterDataSource) => clusterDataSource switch
    {
        { Metadata.IsBeingDeleted: true } => "deleting",
        { Status: { Ready: true, Error: null or "" } } => "ready",
        { Status.Error: { Length: > 0 } } => "error",
        _ => "pending",
    };
}
