using Provisioning.ClusterDataSources;
using Provisioning.Kubernetes;
using Provisioning.Postgres;
using Provisioning.Reconciliation;

namespace Provisioning.Tests.ClusterDataSources;

/// <summary>Closer looks at what was found ready before, and what they go by: a reading of the DataSource that others share, as long as nothing speaks for a change.</summary>
public sealed class CloserLookTests
{
    private static readonly TimeSpan ResyncPeriod = new ReconciliationOptions().ResyncPeriod;
    private static readonly NamespacedName Main = World.Key with { Name = "main" };
    private static readonly string[] WhatItNames = ["datasources tenant/main", "secrets tenant/db-admin", "secrets tenant/db-ca"];

    private readonly World world = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Resyncs_and_turns_to_be_looked_into_read_nothing_that_the_DataSource_names()
    {
        var (clusters, dataSources) = await BecomeReadyAsync();
        var looks = 0;
        for (var waited = TimeSpan.Zero; waited <= ResyncPeriod; waited += DataSourceReconciler.CheckPeriod)
        {
            world.Time.Advance(DataSourceReconciler.CheckPeriod);
            await dataSources.ReconcileAsync(Main, Token);
            looks++;
        }

        await clusters.ReconcileAsync(World.Key, Token);

        Assert.Equal(2, world.Postgres.Calls);
        Assert.Contains($"secrets {World.Key}-kine", world.Kubernetes.Reads);
        Assert.All(WhatItNames, name => Assert.Equal(looks, world.Kubernetes.Reads.Count(read => read == name)));
    }

    [Fact]
    public async Task While_the_only_cluster_of_a_DataSource_is_looked_into_the_DataSource_is_still_looked_at_for_it()
    {
        var (clusters, dataSources) = await ReachTurnAsync();
        Task? look = null;
        world.Kubernetes.OnRequest = (_, plural, _) =>
        {
            if (plural == "clusterdatasources")
            {
                world.Kubernetes.OnRequest = null;
                look = dataSources.ReconcileAsync(Main, Token);
            }
        };

        await clusters.ReconcileAsync(World.Key, Token);
        await look!;

        Assert.Equal(2, world.Postgres.Calls);
        Assert.All(WhatItNames, name => Assert.Single(world.Kubernetes.Reads, name));
    }

    [Fact]
    public async Task Whose_turn_came_to_nothing_is_looked_at_anew()
    {
        var (clusters, _) = await ReachTurnAsync();
        world.Postgres.Outcome = new ProvisioningOutcome.Busy();
        await clusters.ReconcileAsync(World.Key, Token);
        world.Postgres.Outcome = null;
        world.Kubernetes.Reads.Clear();

        await clusters.ReconcileAsync(World.Key, Token);

        Assert.Equal(3, world.Postgres.Calls);
        Assert.All(WhatItNames, name => Assert.Contains(name, world.Kubernetes.Reads));
    }

    [Fact]
    public async Task Who_was_changed_when_its_turn_comes_is_compared_with_what_the_DataSource_says_now()
    {
        var (clusters, _) = await ReachTurnAsync();

        // The informer does not know yet.
        world.Annotate("example.org/team", "platform");
        await clusters.ReconcileAsync(World.Key, Token);

        Assert.Equal(2, world.Postgres.Calls);
        Assert.All(WhatItNames, name => Assert.Contains(name, world.Kubernetes.Reads));
    }

    [Fact]
    public async Task A_process_that_leads_again_does_not_move_a_cluster_back_to_the_server_that_another_leader_left()
    {
        var (clusters, _) = await ReachTurnAsync();
        world.Restored.Databases[World.Schema] = world.Postgres.Wanted!.Mark.Text;
        world.PutDataSource("main", "restored.example.org");
        await world.ReconcileAsync();
        var moved = world.Dsn(world.Status.KineDataSourceSecret!);
        Assert.Contains("restored.example.org", moved, StringComparison.Ordinal);
        world.Kubernetes.ForgetWrites();

        // Its informer has still to catch up.
        world.Leadership.Begin(CancellationToken.None);
        await clusters.ReconcileAsync(World.Key, Token);

        Assert.Equal(moved, world.Dsn(world.Status.KineDataSourceSecret!));
        Assert.Empty(world.Kubernetes.Writes);
    }

    [Fact]
    public async Task Whose_turn_comes_before_new_admin_credentials_were_seen_does_not_fail_by_the_old_ones()
    {
        var (clusters, _) = await ReachTurnAsync();
        world.Server.AdminPassword = "rotated";
        world.Kubernetes.Put(World.Credentials("rotated"));

        await clusters.ReconcileAsync(World.Key, Token);

        // By the old ones, in vain, and by the new ones.
        Assert.Equal(3, world.Postgres.Calls);
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

    /// <summary>It was found ready long ago, and its DataSource just now as it was then.</summary>
    private async Task<(ClusterDataSourceReconciler Clusters, DataSourceReconciler DataSources)> ReachTurnAsync()
    {
        var reconcilers = await BecomeReadyAsync();
        world.Time.Advance(ResyncPeriod);
        await reconcilers.DataSources.ReconcileAsync(Main, Token);
        world.Kubernetes.Reads.Clear();
        return reconcilers;
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
