using Microsoft.Extensions.Options;
using Provisioning.ClusterDataSources;
using Provisioning.Kubernetes;
using Provisioning.Reconciliation;
using Provisioning.Resources;

namespace Provisioning.Tests.ClusterDataSources;

public sealed class ServerReadingsTests
{
    private static readonly TimeSpan ResyncPeriod = new ReconciliationOptions().ResyncPeriod;
    private static readonly NamespacedName Main = World.Key with { Name = "main" };
    private static readonly string[] WhatItNames = ["datasources tenant/main", "secrets tenant/db-admin", "secrets tenant/db-ca"];

    private readonly World world = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whose_turn_has_come_to_be_looked_into_is_compared_with_what_the_DataSource_says_now()
    {
        var (clusters, dataSources) = await BecomeReadyAsync();
        world.Time.Advance(ResyncPeriod);
        await dataSources.ReconcileAsync(Main, Token);
        world.Kubernetes.Reads.Clear();

        await clusters.ReconcileAsync(World.Key, Token);

        // Another leader may have followed the DataSource to another server since the last look at it.
        Assert.Equal(2, world.Postgres.Calls);
        Assert.All(WhatItNames, name => Assert.Contains(name, world.Kubernetes.Reads));
    }

    [Fact]
    public async Task Whose_turn_comes_before_new_admin_credentials_were_seen_does_not_fail_by_the_old_ones()
    {
        var (clusters, dataSources) = await BecomeReadyAsync();
        world.Time.Advance(ResyncPeriod);
        await dataSources.ReconcileAsync(Main, Token);
        world.Server.AdminPassword = "rotated";
        world.Kubernetes.Put(World.Credentials("rotated"));

        await clusters.ReconcileAsync(World.Key, Token);

        Assert.Equal(2, world.Postgres.Calls);
        Assert.True(world.Status is { Ready: true, Error: null });
        Assert.DoesNotContain(world.Events, happened => happened.Type == "Warning");
    }

    [Fact]
    public async Task What_differs_is_mended_by_what_the_DataSource_says_now()
    {
        var (clusters, dataSources) = await BecomeReadyAsync();
        world.Time.Advance(ResyncPeriod / 2);
        await dataSources.ReconcileAsync(Main, Token);
        world.Kubernetes.Reads.Clear();
        world.Annotate(AnnotationNames.Rotate, "1");
        world.CacheCatchesUp();

        await clusters.ReconcileAsync(World.Key, Token);

        Assert.All(WhatItNames, name => Assert.Contains(name, world.Kubernetes.Reads));
    }

    [Fact]
    public async Task A_reading_serves_those_who_only_look_for_a_minute()
    {
        world.PutClusterDataSource();
        var readings = world.NewReadings();
        var before = await readings.CurrentAsync(Main, Token);
        var reads = world.Kubernetes.Reads.Count;
        world.Kubernetes.Put(World.Credentials("rotated"));

        world.Time.Advance(ServerReadings.MaxAge - TimeSpan.FromSeconds(1));
        Assert.Equal(before, await readings.CurrentAsync(Main, Token));
        Assert.Equal(reads, world.Kubernetes.Reads.Count);

        world.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.NotEqual(before, await readings.CurrentAsync(Main, Token));
        Assert.Equal(TimeSpan.FromMinutes(1), ServerReadings.MaxAge);
    }

    [Fact]
    public async Task What_was_read_anew_serves_the_others_too_even_if_an_older_reading_ends_later()
    {
        world.PutClusterDataSource();
        var readings = world.NewReadings();
        ServerLookup? newer = null;
        world.Kubernetes.OnRequest = (_, _, name) =>
        {
            // The older one has read the credentials by now.
            if (name.Name == "db-ca" && newer is null)
            {
                world.Kubernetes.OnRequest = null;
                world.Kubernetes.Put(World.Credentials("rotated"));
                world.Time.Advance(TimeSpan.FromMilliseconds(1));
                newer = readings.ReadAsync(Main, TimeSpan.Zero, Token).GetAwaiter().GetResult();
            }
        };

        var older = await readings.ReadAsync(Main, TimeSpan.Zero, Token);

        Assert.NotEqual(newer, older);
        Assert.Same(newer, await readings.ReadAsync(Main, ServerReadings.MaxAge, Token));
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

    private async Task<(ClusterDataSourceReconciler Clusters, DataSourceReconciler DataSources)> BecomeReadyAsync()
    {
        var reconcilers = world.NewReconcilers();
        world.PutClusterDataSource();
        await reconcilers.Clusters.ReconcileAsync(World.Key, Token);
        Assert.True(world.Status is { Ready: true, Error: null });
        world.CacheCatchesUp();
        world.Kubernetes.Reads.Clear();
        return reconcilers;
    }
}
