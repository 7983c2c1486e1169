using System.Diagnostics.Metrics;
using Provisioning.Reconciliation;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>The meter <c>Provisioning.ClusterDataSources</c>. No label holds what a tenant can choose freely.</summary>
internal sealed class ProvisioningMetrics
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Provisioning.ClusterDataSources";

    private readonly IResourceCache<ClusterDataSource> cache;
    private readonly Counter<long> steps;
    private readonly Counter<long> outcomes;

    /// <summary>Makes the instruments. The number of databases is counted in the cache when it is read.</summary>
    public ProvisioningMetrics(IMeterFactory meters, IResourceCache<ClusterDataSource> cache)
    {
        this.cache = cache;
        var meter = meters.Create(MeterName);
        steps = meter.CreateCounter<long>("clusterdatasources.provisioning.steps", "{step}", "Changes made on PostgreSQL servers");
        outcomes = meter.CreateCounter<long>("clusterdatasources.reconciles", "{reconcile}", "Reconciles of ClusterDataSources by outcome");
        meter.CreateObservableGauge("clusterdatasources.databases", CountDatabases, "{database}", "ClusterDataSources by state");
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

    private IEnumerable<Measurement<long>> CountDatabases() =>
        cache.List(null).CountBy(StateOf).Select(state => new Measurement<long>(state.Value, new KeyValuePair<string, object?>("state", state.Key)));

    private static string StateOf(ClusterDataSource clusterDataSource) => clusterDataSource switch
    {
        { Metadata.IsBeingDeleted: true } => "deleting",
        { Status: { Ready: true, Error: null or "" } } => "ready",
        { Status.Error: { Length: > 0 } } => "error",
        _ => "pending",
    };
}
