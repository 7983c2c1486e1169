using System.Text;
using System.Text.Json.Nodes;
using Provisioning.ClusterDataSources;
using Provisioning.Kubernetes;
using Provisioning.Reconciliation;
using Provisioning.Resources;

namespace Provisioning.Tests.ClusterDataSources;

public sealed class SteadyStateTests
{
    private readonly World world = new();
    private readonly ClusterDataSourceReconciler reconciler;
    private readonly DataSourceReconciler dataSources;
    private readonly List<NamespacedName> called = [];

    public SteadyStateTests()
    {
        (reconciler, dataSources) = world.NewReconcilers();
        dataSources.Connect(called.Add);
    }

    [Fact]
    public async Task What_is_ready_is_left_until_the_next_resync()
    {
        await BecomeReadyAsync();

        Assert.Equal(new ReconciliationOptions().ResyncPeriod, (await RunAsync()).RequeueAfter);
        world.Time.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal(TimeSpan.FromMinutes(6), (await RunAsync()).RequeueAfter);

        Assert.Equal(1, world.Postgres.Calls);
        Assert.Equal(0, world.Postgres.Catalogues);
    }

    [Fact]
    public async Task However_many_are_ready_there_is_one_get_a_minute_of_what_their_DataSource_names_and_nobody_is_called()
    {
        await BecomeReadyAsync();
        await BecomeReadyAsync(world.PutAnother("paris"), world.PutAnother("rome"));

        for (var look = 0; look < 3; look++)
        {
            await CheckPeriodGoesByAsync();
        }

        Assert.Empty(called);
        Assert.Equal(
            "datasources tenant/main, secrets tenant/db-admin, secrets tenant/db-ca",
            string.Join(", ", world.Kubernetes.Reads.Distinct(StringComparer.Ordinal)));
        Assert.Equal(9, world.Kubernetes.Reads.Count);
    }

    [Fact]
    public async Task A_DataSource_that_nobody_uses_is_not_read_and_one_that_is_gone_is_not_asked_for_again()
    {
        await BecomeReadyAsync();

        Assert.Equal(DataSourceReconciler.CheckPeriod, (await CheckAsync("restored")).RequeueAfter);
        Assert.Null((await CheckAsync("unknown")).RequeueAfter);

        Assert.Empty(world.Kubernetes.Reads);
    }

    [Fact]
    public async Task Only_those_are_called_that_were_found_ready_when_it_said_something_else()
    {
        await BecomeReadyAsync();
        world.Kubernetes.Put(World.Credentials(World.AdminPassword));
        await BecomeReadyAsync(world.PutAnother("paris"));

        await CheckPeriodGoesByAsync();
        Assert.Equal([World.Key], called);
    }

    [Fact]
    public async Task Who_moved_away_or_is_gone_is_not_called()
    {
        await BecomeReadyAsync();
        await BecomeReadyAsync(world.PutAnother("paris"));
        world.PointTo("restored");
        world.Restored.Databases[World.Schema] = world.Server.Databases[World.Schema];
        world.CacheCatchesUp();
        await BecomeReadyAsync(World.Key);
        world.Kubernetes.Edit<ClusterDataSource>(World.Tenant, "paris", new JsonObject { ["metadata"] = new JsonObject { ["finalizers"] = null } });
        world.Kubernetes.Remove("clusterdatasources", Named("paris"));
        world.CacheCatchesUp();
        await reconciler.ReconcileAsync(Named("paris"), TestContext.Current.CancellationToken);
        world.Kubernetes.Put(World.Credentials(World.AdminPassword));

        await CheckPeriodGoesByAsync();
        Assert.Empty(called);
        await CheckPeriodGoesByAsync("restored");
        Assert.Equal([World.Key], called);
    }

    [Fact]
    public async Task A_changed_CA_reaches_the_cluster_within_a_minute()
    {
        await BecomeReadyAsync();
        world.Kubernetes.Edit<Secret>(World.Tenant, "db-ca", new JsonObject
        {
            ["data"] = new JsonObject { ["root.pem"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(World.Certificate + World.Certificate)) },
        });

        await CheckPeriodGoesByAsync();
        await RunCalledAsync();

        Assert.StartsWith("berlin-kine-ca-", world.Status.CaSecret, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changed_admin_credentials_are_used_within_a_minute()
    {
        await BecomeReadyAsync();
        world.Server.AdminPassword = "rotated";
        world.Kubernetes.Put(World.Credentials("rotated"));

        await CheckPeriodGoesByAsync();
        await RunCalledAsync();

        // By one login for all clusters of the server; a session in each one's database would prove no more.
        Assert.Equal("rotated", world.Postgres.CatalogueOf!.Password.Reveal());
        Assert.Equal(1, world.Postgres.Calls);
        Assert.True(world.Status is { Ready: true, Error: null });
    }

    [Fact]
    public async Task Wrong_admin_credentials_show_within_a_minute()
    {
        await BecomeReadyAsync();
        world.Kubernetes.Put(World.Credentials("wrong"));

        await CheckPeriodGoesByAsync();
        await RunCalledAsync();

        Assert.NotNull(world.Status.Error);
    }

    [Fact]
    public async Task A_resync_looks_at_everything()
    {
        await BecomeReadyAsync();
        world.Server.Roles.Clear();

        world.Time.Advance(new ReconciliationOptions().ResyncPeriod);
        await RunAsync();

        Assert.Single(world.Server.Roles);
    }

    [Theory]
    [InlineData("spec")]
    [InlineData("annotation")]
    [InlineData("status")]
    [InlineData("deleted")]
    public async Task A_change_by_somebody_else_is_looked_at_at_once(string what)
    {
        await BecomeReadyAsync();
        switch (what)
        {
            case "spec":
                world.PointTo("restored");
                break;
            case "annotation":
                world.Annotate(AnnotationNames.Release, "true");
                break;
            case "status":
                world.ForgetStatus();
                break;
            default:
                world.DeleteClusterDataSource();
                break;
        }

        world.CacheCatchesUp();
        await RunAsync();

        Assert.Equal(2, world.Postgres.Calls);
    }

    [Fact]
    public async Task A_missing_DataSource_is_looked_at()
    {
        await BecomeReadyAsync();
        world.Kubernetes.Remove("datasources", World.Key with { Name = "main" });

        await CheckPeriodGoesByAsync();
        await RunCalledAsync();

        Assert.StartsWith("DataSourceNotFound", world.Status.Error, StringComparison.Ordinal);
    }

    private static NamespacedName Named(string name) => World.Key with { Name = name };

    private async Task BecomeReadyAsync(params NamespacedName[] names)
    {
        if (names.Length == 0)
        {
            world.PutClusterDataSource();
        }

        foreach (var name in names.DefaultIfEmpty(World.Key))
        {
            await reconciler.ReconcileAsync(name, TestContext.Current.CancellationToken);
            Assert.True(world.Kubernetes.Find<ClusterDataSource>(name.Namespace, name.Name)!.Status is { Ready: true, Error: null });
        }

        world.CacheCatchesUp();
        world.Kubernetes.Reads.Clear();
    }

    private Task<ReconcileResult> RunAsync() => reconciler.ReconcileAsync(World.Key, TestContext.Current.CancellationToken);

    /// <summary>The time until the next look at what a DataSource says, and that look.</summary>
    private async Task CheckPeriodGoesByAsync(string dataSource = "main")
    {
        world.Time.Advance(DataSourceReconciler.CheckPeriod);
        Assert.Equal(DataSourceReconciler.CheckPeriod, (await CheckAsync(dataSource)).RequeueAfter);
    }

    private Task<ReconcileResult> CheckAsync(string dataSource) => dataSources.ReconcileAsync(Named(dataSource), TestContext.Current.CancellationToken);

    /// <summary>What the work queue does with those who were called.</summary>
    private async Task RunCalledAsync()
    {
        Assert.Equal([World.Key], called);
        await RunAsync();
    }
}
