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
        using var meters = new Measured();
        var metrics = new ProvisioningMetrics(meters.Factory, cache, new FakeCache<DataSource>());

        metrics.Count(new Outcome.Ready("a-kine", null, ["one", "two"]));
        metrics.Count(new Outcome.Failed(new Problem("SecretNotFound", "tenant's text")));

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
            meters.Read());
    }

    [Fact]
    public void Says_of_each_DataSource_that_is_used_whether_the_controller_gets_in_and_names_it_by_its_uid()
    {
        var dataSources = new FakeCache<DataSource>();
        dataSources.Items.AddRange([Server("up"), Server("down"), Server("unused")]);
        var cache = new FakeCache<ClusterDataSource>();
        cache.Items.AddRange(
        [
            Cluster("up", new ClusterDataSourceStatus { Ready = true }),
            Cluster("up", new ClusterDataSourceStatus { Error = "NameConflict: a database has that name" }),
            Cluster("down", new ClusterDataSourceStatus { Ready = true }),
            Cluster("down", new ClusterDataSourceStatus { Ready = true, Error = "ServerUnreachable: no endpoint accepts connections" }),
            Cluster("gone", new ClusterDataSourceStatus { Ready = true }),
            Cluster("unused", null),
        ]);
        using var meters = new Measured();
        _ = new ProvisioningMetrics(meters.Factory, cache, dataSources);

        Assert.Equal(
            ["clusterdatasources.server.up 0 datasource_uid=uid of down", "clusterdatasources.server.up 1 datasource_uid=uid of up"],
            meters.Read().Where(line => line.StartsWith("clusterdatasources.server", StringComparison.Ordinal)));
    }

    private static DataSource Server(string name) => new() { Metadata = new ObjectMeta { Namespace = "team", Name = name, Uid = $"uid of {name}" } };

    private static ClusterDataSource Cluster(string dataSource, ClusterDataSourceStatus? status) => new()
    {
        Metadata = new ObjectMeta { Namespace = "team" },
        Spec = new ClusterDataSourceSpec { DataSource = dataSource },
        Status = status,
    };

    internal static ProvisioningMetrics NewMetrics() =>
        new(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>(), new FakeCache<ClusterDataSource>(), new FakeCache<DataSource>());

    /// <summary>All that the instruments of one factory say.</summary>
    private sealed class Measured : IDisposable
    {
        private readonly ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        private readonly MeterListener listener = new();
        private readonly List<string> measured = [];

        public Measured()
        {
            listener.InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Scope == Factory)
                {
                    self.EnableMeasurementEvents(instrument);
                }
            };
            listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
                measured.Add($"{instrument.Name} {value} {string.Join(',', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"))}"));
            listener.Start();
        }

        public IMeterFactory Factory => services.GetRequiredService<IMeterFactory>();

        public List<string> Read()
        {
            listener.RecordObservableInstruments();
            return [.. measured.Order(StringComparer.Ordinal)];
        }

        public void Dispose()
        {
            listener.Dispose();
            services.Dispose();
        }
    }
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

/// <summary>A cache that is never behind.</summary>
internal sealed class StoredCache<T>(FakeKubernetes kubernetes) : IResourceCache<T>
    where T : class, IResource
{
    public bool HasSynced => true;

    public T? Get(NamespacedName key) => kubernetes.Find<T>(key.Namespace, key.Name);

    public IReadOnlyList<T> List(string? inNamespace) => [.. kubernetes.All<T>().Where(item => inNamespace is null || item.Metadata.Namespace == inNamespace)];
}
