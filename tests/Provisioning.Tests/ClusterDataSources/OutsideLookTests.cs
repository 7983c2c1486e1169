using Provisioning.ClusterDataSources;
using Provisioning.Kubernetes;
using Provisioning.Postgres;
using Provisioning.Reconciliation;
using Provisioning.Resources;

namespace Provisioning.Tests.ClusterDataSources;

/// <summary>What a controller that has just started leaves alone, and what it looks at closely. A case that is missed here would stay broken for long.</summary>
public sealed class OutsideLookTests
{
    private readonly World world = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Names => [.. Meanwhile.Changes.Keys];

    [Fact]
    public async Task What_another_process_left_ready_costs_one_Secret_and_nothing_in_its_database()
    {
        await LeaveReadyAsync();

        var result = await RestartAsync();

        Assert.InRange(result.RequeueAfter!.Value, TimeSpan.Zero, new ReconciliationOptions().ResyncPeriod);
        Assert.Equal(1, world.Postgres.Calls);
        Assert.Equal(1, world.Postgres.Catalogues);
        Assert.Equal(["datasources tenant/main", "secrets tenant/db-admin", "secrets tenant/db-ca", "secrets tenant/berlin-kine"], world.Kubernetes.Reads);
        Assert.Empty(world.Kubernetes.Writes);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Whatever_happened_meanwhile_is_looked_at_closely(string change)
    {
        await LeaveReadyAsync();
        Meanwhile.Changes[change](world);
        world.CacheCatchesUp();

        await RestartAsync();

        // Only a closer look reads the object itself.
        Assert.Contains("clusterdatasources tenant/berlin", world.Kubernetes.Reads);
    }

    [Fact]
    public async Task An_API_server_that_remembers_the_Secrets_of_before_a_move_does_not_move_the_cluster_back()
    {
        await LeaveReadyAsync();
        world.Kubernetes.StopRemembering();
        world.Restored.Databases[World.Schema] = world.Postgres.Wanted!.Mark.Text;
        world.PointTo("restored");
        world.CacheCatchesUp();
        await world.ReconcileAsync();
        var moved = world.Dsn(world.Status.KineDataSourceSecret!);
        Assert.Contains("restored.example.org", moved, StringComparison.Ordinal);
        world.CacheCatchesUp();
        world.Kubernetes.Reads.Clear();
        world.Kubernetes.ForgetWrites();

        await RestartAsync();

        Assert.Contains("clusterdatasources tenant/berlin", world.Kubernetes.Reads);
        Assert.Equal(moved, world.Dsn(world.Status.KineDataSourceSecret!));
        Assert.Empty(world.Kubernetes.Writes);
        Assert.True(world.Status is { Ready: true, Error: null });
    }

    [Fact]
    public async Task A_Secret_that_only_the_API_servers_memory_holds_is_made_again_by_the_next_closer_look()
    {
        await LeaveReadyAsync();
        world.Kubernetes.StopRemembering();
        world.DeleteSecret("berlin-kine");
        world.DeleteSecret("berlin-kine-ca");
        var reconciler = world.NewReconciler();

        var leave = await reconciler.ReconcileAsync(World.Key, Token);
        Assert.Null(world.Secret("berlin-kine"));
        world.Time.Advance(leave.RequeueAfter!.Value);
        await reconciler.ReconcileAsync(World.Key, Token);

        Assert.NotNull(world.Secret("berlin-kine"));
        Assert.NotNull(world.Secret("berlin-kine-ca"));
    }

    [Fact]
    public async Task What_the_informer_does_not_know_is_looked_at_closely()
    {
        await LeaveReadyAsync();
        world.Cache.Items.Clear();

        await RestartAsync();

        Assert.Equal(2, world.Postgres.Calls);
    }

    [Fact]
    public async Task A_catalogue_that_is_being_read_holds_no_worker_and_reads_nothing_else()
    {
        await LeaveReadyAsync();
        world.Postgres.Reading = new CatalogueReading.UnderWay();

        Assert.Equal(SteadyState.CatalogueDelay, (await RestartAsync()).RequeueAfter);

        Assert.Equal(1, world.Postgres.Calls);
        Assert.DoesNotContain("secrets tenant/berlin-kine", world.Kubernetes.Reads);
    }

    [Fact]
    public async Task What_a_closer_look_could_not_mend_is_looked_at_closely_until_it_is()
    {
        await LeaveReadyAsync();
        world.Server.Roles.Clear();
        world.Postgres.Outcome = new ProvisioningOutcome.Busy();
        var reconciler = world.NewReconciler();

        await reconciler.ReconcileAsync(World.Key, Token);
        await reconciler.ReconcileAsync(World.Key, Token);

        Assert.Equal(3, world.Postgres.Calls);
        Assert.Equal(1, world.Postgres.Catalogues);
    }

    [Fact]
    public async Task Those_who_are_found_together_do_not_come_back_together()
    {
        var names = await LeaveReadyAsync(20);
        var reconciler = world.NewReconciler();
        var delays = new HashSet<TimeSpan?>();

        foreach (var name in names)
        {
            delays.Add((await reconciler.ReconcileAsync(name, Token)).RequeueAfter);
        }

        Assert.True(delays.Count > 10, $"only {delays.Count} different delays");

        // Thousands do, each second so many together: what a look costs by itself is mostly that somebody wakes up for it.
        Assert.All(delays, delay => Assert.Equal(0, delay!.Value.TotalSeconds % 1, precision: 6));
        Assert.Equal(20, world.Postgres.Calls);

        // Within one period all of them were looked at again, in turn: some from outside, some closely, none by a burst.
        var closely = 0;
        var looks = 0;
        for (var minute = 0; minute < 10; minute++)
        {
            world.Time.Advance(TimeSpan.FromMinutes(1));
            var (calls, catalogues) = (world.Postgres.Calls, world.Postgres.Catalogues);
            foreach (var name in names)
            {
                await reconciler.ReconcileAsync(name, Token);
            }

            closely += world.Postgres.Calls - calls;
            looks += world.Postgres.Calls - calls + world.Postgres.Catalogues - catalogues;
            Assert.True(world.Postgres.Calls - calls < 12, $"{world.Postgres.Calls - calls} of 20 in one minute of ten");
        }

        Assert.Equal(20, closely);
        Assert.Equal(20, looks);
    }

    [Fact]
    public async Task With_more_clusters_than_a_period_has_seconds_each_is_looked_at_from_outside_and_in_its_turn_closely()
    {
        var names = await LeaveReadyAsync(4);
        world.Cache.Items.Clear();
        var reconciler = world.NewReconciler(new ReconciliationOptions { ResyncPeriod = TimeSpan.FromSeconds(2) });
        await RunAllAsync();
        Assert.Equal(8, world.Postgres.Calls);
        world.CacheCatchesUp();
        world.Kubernetes.Reads.Clear();

        world.Time.Advance(TimeSpan.FromSeconds(2));
        await RunAllAsync();
        Assert.Equal(8, world.Postgres.Calls);
        Assert.Equal(4, world.Postgres.Catalogues);

        // Each Secret of ours once; what the DataSource names once for all.
        Assert.Equal(8, world.Kubernetes.Reads.Count(read => read.Contains("-kine", StringComparison.Ordinal)));
        Assert.Equal(world.Kubernetes.Reads.Distinct(StringComparer.Ordinal), world.Kubernetes.Reads);

        world.Time.Advance(TimeSpan.FromSeconds(6));
        await RunAllAsync();
        Assert.Equal(12, world.Postgres.Calls);

        async Task RunAllAsync()
        {
            foreach (var name in names)
            {
                await reconciler.ReconcileAsync(name, Token);
            }
        }
    }

    [Fact]
    public async Task A_CA_Secret_that_is_lost_without_a_restart_is_made_again_at_the_next_resync()
    {
        var names = await LeaveReadyAsync(4);
        world.Cache.Items.Clear();
        var reconciler = world.NewReconciler(new ReconciliationOptions { ResyncPeriod = TimeSpan.FromSeconds(2) });
        foreach (var name in names)
        {
            await reconciler.ReconcileAsync(name, Token);
        }

        world.CacheCatchesUp();
        world.DeleteSecret("berlin-kine-ca");
        world.Time.Advance(TimeSpan.FromSeconds(2));
        await reconciler.ReconcileAsync(World.Key, Token);

        Assert.NotNull(world.Secret("berlin-kine-ca"));
    }

    private Task<List<NamespacedName>> LeaveReadyAsync() => LeaveReadyAsync(1);

    /// <summary>So many clusters that another process made ready; the first is <see cref="World.Key"/>.</summary>
    private async Task<List<NamespacedName>> LeaveReadyAsync(int count)
    {
        world.PutClusterDataSource();
        var names = new List<NamespacedName> { World.Key };
        for (var number = 1; number < count; number++)
        {
            names.Add(world.PutAnother($"cluster{number}"));
        }

        var reconciler = world.NewReconciler();
        foreach (var name in names)
        {
            await reconciler.ReconcileAsync(name, Token);
            Assert.True(world.Kubernetes.Find<ClusterDataSource>(name.Namespace, name.Name)!.Status!.Ready);
        }

        world.CacheCatchesUp();
        world.Kubernetes.Reads.Clear();
        world.Kubernetes.ForgetWrites();
        return names;
    }

    private Task<ReconcileResult> RestartAsync() => world.NewReconciler().ReconcileAsync(World.Key, Token);
}
