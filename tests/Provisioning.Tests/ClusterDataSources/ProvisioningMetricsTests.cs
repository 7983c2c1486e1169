using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Provisioning.ClusterDataSources;
using Provisioning.Kubernetes;
using Provisioning.Reconciliation;
using Provisioning.Resources;

namespace Provisioning.Tests.ClusterDataSources;

public sealed class ProvisioningMetricsTests
{
    [Fact]
    public void Counts_databases_by_state_and_labels_failures_by_reason()
    {
        var cache = new FakeCache<ClusterDataSource>();
        cache.Items.AddRange(
        [
            new ClusterDataSource { Status = new ClusterDataSourceStatus { Ready = true } },
            new ClusterDataSource { Status = new ClusterDataSourceStatus { Ready = true, Error = "Timeout: x" } },
            new ClusterDataSource(),
            new ClusterDataSource { Metadata = new ObjectMeta { DeletionTimestamp = DateTimeOffset.UnixEpoch } },
        ]);
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var factory = services.GetRequiredService<IMeterFactory>();
        var measured = new List<string>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Scope == factory)
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            measured.Add($"{instrument.Name} {value} {string.Join(',', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"))}"));
        listener.Start();
        var metrics = new ProvisioningMetrics(factory, cache);

        metrics.Count(new Outcome.Ready("a-kine", null, ["one", "two"]));
        metrics.Count(new Outcome.Failed(new Problem("SecretNotFound", "tenant's text")));
        listener.RecordObservableInstruments();

        Assert.Equal(
            [
                "clusterdatasources.databases 1 state=deleting",
                "clusterdatasources.databases 1 state=error",
                "clusterdatasources.databases 1 state=pending",
                "clusterdatasources.databases 1 state=ready",
                "clusterdatasources.provisioning.steps 2 ",
                "clusterdatasources.reconciles 1 outcome=Ready",
                "clusterdatasources.reconciles 1 outcome=SecretNotFound",
            ],
            measured.Order(StringComparer.Ordinal).ToList());
    }

    internal static ProvisioningMetrics NewMetrics() =>
        new(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>(), new FakeCache<ClusterDataSource>());
}

/// <summary>A cache that a test fills.</summary>
internal sealed class FakeCache<T> : IResourceCache<T>
    where T : Resource, IResource
{
    public List<T> Items { get; } = [];

    public bool HasSynced { get; set; } = true;

    public T? Get(NamespacedName key) => Items.Find(item => item.Key == key);

    public IReadOnlyList<T> List(string? inNamespace) => [.. Items.Where(item => inNamespace is null || item.Metadata.Namespace == inNamespace)];
}
