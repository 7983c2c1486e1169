using Microsoft.Extensions.Options;
using Provisioning.ClusterDataSources;
using Provisioning.Kubernetes;
using Provisioning.Reconciliation;
using Provisioning.Resources;

namespace Provisioning.Tests.ClusterDataSources;

public sealed class ServerReadingsTests
{
    private static readonly NamespacedName Main = World.Key with { Name = "main" };

    private readonly World world = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_read_in_another_term_counts_for_nothing()
    {
        world.PutClusterDataSource();
        var readings = world.NewReadings();
        var before = await readings.ReadAsync(Main, ServerReadings.MaxAge, Token);
        Assert.Same(before, await readings.ReadAsync(Main, ServerReadings.MaxAge, Token));

        world.Leadership.Begin(CancellationToken.None);

        Assert.NotSame(before, await readings.ReadAsync(Main, ServerReadings.MaxAge, Token));
    }

    [Fact]
    public async Task A_reading_serves_those_who_know_of_no_change_for_a_minute()
    {
        world.PutClusterDataSource();
        var readings = world.NewReadings();
        var before = await readings.VersionAsync(Main, ServerReadings.MaxAge, Token);
        var reads = world.Kubernetes.Reads.Count;
        world.Kubernetes.Put(World.Credentials("rotated"));

        world.Time.Advance(ServerReadings.MaxAge - TimeSpan.FromSeconds(1));
        Assert.Equal(before, await readings.VersionAsync(Main, ServerReadings.MaxAge, Token));
        Assert.Equal(reads, world.Kubernetes.Reads.Count);

        world.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.NotEqual(before, await readings.VersionAsync(Main, ServerReadings.MaxAge, Token));
        Assert.Equal(TimeSpan.FromMinutes(1), ServerReadings.MaxAge);
    }

    [Fact]
    public async Task Of_several_who_read_anew_nobody_gets_what_was_read_before_it_asked_nor_anything_older_afterwards()
    {
        world.PutClusterDataSource();
        var readings = world.NewReadings();
        List<Task<ServerLookup>> newer = [];
        world.Kubernetes.OnRequest = (_, _, name) =>
        {
            // The first one has read the credentials by now.
            if (name.Name == "db-ca")
            {
                world.Kubernetes.OnRequest = null;
                world.Kubernetes.Put(World.Credentials("rotated"));
                newer.Add(readings.ReadAsync(Main, TimeSpan.Zero, Token));
                newer.Add(readings.ReadAsync(Main, TimeSpan.Zero, Token));
                world.Time.Advance(TimeSpan.FromMilliseconds(1));
            }
        };

        var older = await readings.ReadAsync(Main, TimeSpan.Zero, Token);
        var later = await Task.WhenAll(newer);

        Assert.NotEqual(older, later[0]);
        Assert.Same(later[0], later[1]);
        Assert.Same(later[0], await readings.ReadAsync(Main, ServerReadings.MaxAge, Token));
        Assert.Equal(2, world.Kubernetes.Reads.Count(read => read == "secrets tenant/db-admin"));
    }

    [Fact]
    public async Task Who_waits_for_another_that_fails_reads_for_itself()
    {
        world.PutClusterDataSource();
        var readings = world.NewReadings();
        Task<ServerLookup>? waiting = null;
        world.Kubernetes.OnRequest = (_, _, _) =>
        {
            world.Kubernetes.OnRequest = null;
            waiting = readings.ReadAsync(Main, ServerReadings.MaxAge, Token);
            throw new HttpRequestException("the API server is away");
        };

        await Assert.ThrowsAsync<HttpRequestException>(() => readings.ReadAsync(Main, ServerReadings.MaxAge, Token));

        Assert.IsType<ServerLookup.Found>(await waiting!);
    }

    [Fact]
    public async Task The_credentials_of_a_DataSource_whose_clusters_nobody_looks_at_are_not_kept()
    {
        world.PutClusterDataSource();
        var readings = world.NewReadings();
        var kept = await readings.ReadAsync(Main, ServerReadings.MaxAge, Token);
        Assert.Same(kept, await readings.ReadAsync(Main, ServerReadings.MaxAge, Token));
        var nobody = new SteadyClusters(Options.Create(new ReconciliationOptions()), Options.Create(new ClusterDataSourceOptions()), world.Time);

        await new DataSourceReconciler(new StoredCache<DataSource>(world.Kubernetes), nobody, readings).ReconcileAsync(Main, Token);

        Assert.NotSame(kept, await readings.ReadAsync(Main, ServerReadings.MaxAge, Token));
    }
}
