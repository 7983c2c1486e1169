using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Provisioning.Reconciliation;

/// <summary>
/// The instruments of the meter <c>Provisioning.Reconciliation</c>. Tags are names of controllers and resources and fixed outcomes: nothing
/// that a tenant chooses.
/// </summary>
internal sealed class ReconciliationMetrics
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Provisioning.Reconciliation";

    private readonly ConcurrentDictionary<string, Func<int>> queueDepths = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, IInformer> informers = new(StringComparer.Ordinal);
    private readonly Histogram<double> queueLatency;
    private readonly Histogram<double> reconcileDuration;
    private readonly Counter<long> reconciles;
    private readonly Counter<long> lists;
    private readonly Counter<long> watches;
    private readonly Counter<long> leaderTransitions;
    private volatile bool leads;

    public ReconciliationMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        var seconds = new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300] };
        queueLatency = meter.CreateHistogram("provisioning.queue.latency", "s", "How long keys waited for a worker.", advice: seconds);
        reconcileDuration = meter.CreateHistogram("provisioning.reconcile.duration", "s", "How long reconciles took.", advice: seconds);
        reconciles = meter.CreateCounter<long>("provisioning.reconciles", "{reconcile}", "Reconciles by controller and outcome.");
        lists = meter.CreateCounter<long>("provisioning.informer.lists", "{list}", "Full lists by resource and outcome.");
        watches = meter.CreateCounter<long>("provisioning.informer.watches", "{watch}", "Watches by resource and how they ended.");
        leaderTransitions = meter.CreateCounter<long>("provisioning.leader.transitions", "{transition}", "How often this process became leader.");
        meter.CreateObservableGauge("provisioning.leader", () => leads ? 1 : 0, "1", "1 while this process leads, else 0.");
        meter.CreateObservableGauge(
            "provisioning.queue.depth",
            () => queueDepths.Select(queue => new Measurement<int>(queue.Value(), Controller(queue.Key))),
            "{key}",
            "Keys that wait for a worker.");
        meter.CreateObservableGauge(
            "provisioning.informer.objects",
            () => informers.Select(informer => new Measurement<int>(informer.Value.Count, Resource(informer.Key))),
            "{object}",
            "Objects that informers know.");
        meter.CreateObservableGauge(
            "provisioning.informer.synced",
            () => informers.Select(informer => new Measurement<int>(informer.Value.HasSynced ? 1 : 0, Resource(informer.Key))),
            "1",
            "1 once the first full list is in, else 0.");
    }

    public void ObserveQueue(string controller, Func<int> depth) => queueDepths[controller] = depth;

    public void ObserveInformer(IInformer informer) => informers[informer.Resource] = informer;

    public void Taken(string controller, TimeSpan waited) => queueLatency.Record(waited.TotalSeconds, Controller(controller));

    public void Reconciled(string controller, string outcome, TimeSpan elapsed)
    {
        reconciles.Add(1, Controller(controller), Outcome(outcome));
        reconcileDuration.Record(elapsed.TotalSeconds, Controller(controller));
    }

    public void Listed(string resource, bool succeeded) => lists.Add(1, Resource(resource), Outcome(succeeded ? "success" : "failure"));

    public void WatchEnded(string resource, string outcome) => watches.Add(1, Resource(resource), Outcome(outcome));

    public void Leads(bool value)
    {
        leads = value;
        if (value)
        {
            leaderTransitions.Add(1);
        }
    }

    private static KeyValuePair<string, object?> Controller(string name) => new("controller", name);

    private static KeyValuePair<string, object?> Resource(string name) => new("resource", name);

    private static KeyValuePair<string, object?> Outcome(string name) => new("outcome", name);
}
