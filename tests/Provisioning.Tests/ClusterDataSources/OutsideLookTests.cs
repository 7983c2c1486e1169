using System.Text;
using System.Text.Json.Nodes;
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

    /// <summary>What happened while no controller ran, by name.</summary>
    private static readonly Dictionary<string, Action<World>> Changes = new(StringComparer.Ordinal)
    {
        ["the status has an error"] = world => EditStatus(world, "error", "Timeout: x"),
        ["the status is not ready"] = world => EditStatus(world, "ready", false),
        ["the status is of another generation"] = world => EditStatus(world, "observedGeneration", 7L),
        ["the status names another Secret"] = world => EditStatus(world, "kineDataSourceSecret", "berlin-kine-0123456789"),
        ["the status names another CA"] = world => EditStatus(world, "caSecret", null),
        ["the status is lost"] = world => world.ForgetStatus(),
        ["it moves"] = world => world.PointTo("restored"),
        ["it is being deleted"] = world => world.DeleteClusterDataSource(),
        ["the finalizer is gone"] = world => EditMetadata(world, "finalizers", null),
        ["the database's name is not recorded"] = world => world.Annotate(AnnotationNames.Database, null),
        ["the record of what was published is gone"] = world => world.Annotate(AnnotationNames.PublishedSecrets, null),
        ["the record of what was published is broken"] = world => world.Annotate(AnnotationNames.PublishedSecrets, "{"),
        ["a rotation is asked for"] = world => world.Annotate(AnnotationNames.Rotate, "now"),
        ["an empty database is allowed"] = world => world.Annotate(AnnotationNames.AllowEmptyDatabase, "true"),
        ["something is asked for that only a later version knows"] = world => world.Annotate("k0rdent.mirantis.com/later", "x"),
        ["the Secret is gone"] = world => world.DeleteSecret("berlin-kine"),
        ["the Secret has another host"] = world => EditSecret(world, world.Dsn("berlin-kine").Replace("db.example.org", "elsewhere", StringComparison.Ordinal)),
        ["the Secret has no password"] = world => EditSecret(world, "x"),
        ["the Secret has lost its owner"] = world => world.Kubernetes.Edit<Secret>(
            World.Tenant, "berlin-kine", new JsonObject { ["metadata"] = new JsonObject { ["ownerReferences"] = null } }),
        ["the Secret tells of something left to be done"] = world => world.Kubernetes.Edit<Secret>(
            World.Tenant, "berlin-kine", new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { ["k0rdent.mirantis.com/later"] = "x" } } }),
        ["nobody was told of a former server yet"] = world => world.Kubernetes.Edit<Secret>(
            World.Tenant, "berlin-kine", new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [AnnotationNames.FormerServer] = "other:5432" } } }),
        ["the CA changed"] = world => world.Kubernetes.Edit<Secret>(World.Tenant, "db-ca", new JsonObject
        {
            ["data"] = new JsonObject { ["root.pem"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(World.Certificate + World.Certificate)) },
        }),
        ["the DataSource has another endpoint"] = world => world.PutDataSource("main", "restored.example.org"),
        ["the DataSource is gone"] = world => world.Kubernetes.Remove("datasources", World.Key with { Name = "main" }),
        ["the admin's password is wrong"] = world => world.Kubernetes.Put(World.Credentials("wrong")),
        ["the role is gone"] = world => world.Server.Roles.Clear(),
        ["the database has another mark"] = world => world.Server.Databases[World.Schema] = "another",
        ["the server does not answer"] = world => world.Postgres.Reading = new CatalogueReading.Failed(),
    };

    public static TheoryData<string> Names => [.. Changes.Keys];

    [Fact]
    public async Task What_another_process_left_ready_costs_one_Secret_and_nothing_in_its_database()
    {
        await LeaveReadyAsync();

        var result = await RestartAsync();

        Assert.InRange(result.RequeueAfter!.Value, SteadyState.CheckPeriod / 2, SteadyState.CheckPeriod);
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
        Changes[change](world);
        world.CacheCatchesUp();

        await RestartAsync();

        // Only a closer look reads the object itself.
        Assert.Contains("clusterdatasources tenant/berlin", world.Kubernetes.Reads);
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
            var name = World.Key with { Name = $"cluster{number}" };
            world.Kubernetes.Put(new ClusterDataSource
            {
                Metadata = new ObjectMeta { Namespace = name.Namespace, Name = name.Name },
                Spec = new ClusterDataSourceSpec { DataSource = "main", Schema = $"tenant_{name.Name}_x2y4z" },
            });
            names.Add(name);
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

    private static void EditStatus(World world, string field, JsonNode? value) =>
        world.Kubernetes.Edit<ClusterDataSource>(World.Tenant, World.Cluster, new JsonObject { ["status"] = new JsonObject { [field] = value } });

    private static void EditMetadata(World world, string field, JsonNode? value) =>
        world.Kubernetes.Edit<ClusterDataSource>(World.Tenant, World.Cluster, new JsonObject { ["metadata"] = new JsonObject { [field] = value } });

    private static void EditSecret(World world, string dsn) => world.Kubernetes.Edit<Secret>(World.Tenant, "berlin-kine", new JsonObject
    {
        ["data"] = new JsonObject { [SecretNames.DsnKey] = Convert.ToBase64String(Encoding.UTF8.GetBytes(dsn)) },
    });
}
