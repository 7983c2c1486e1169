using Provisioning.Kubernetes;
using Provisioning.Postgres;
using Provisioning.Reconciliation;
using Provisioning.Resources;

namespace Provisioning.Tests.ClusterDataSources;

/// <summary>Servers that give no answer cost the others nothing, however many there are.</summary>
public sealed class SilentServersTests
{
    private const int Servers = 12;

    private readonly PatientProvisioner provisioner = new();
    private readonly World world;

    public SilentServersTests() => world = new World(provisioner);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void By_default_they_leave_most_workers_to_the_others() =>
        Assert.True(new PostgresOptions().MaxConcurrencyOfSilentServers * 2 < new ReconciliationOptions().Workers);

    [Fact]
    public async Task However_many_there_are_they_hold_four_workers_and_a_healthy_one_is_worked_on()
    {
        var reconciler = world.NewReconciler();
        var keys = Enumerable.Range(0, Servers).Select(number => Put($"silent-{number}", $"silent-{number}")).ToList();
        world.PutClusterDataSource();
        world.Cache.Items.AddRange(world.Kubernetes.All<ClusterDataSource>());

        // Each is asked once, and what came of it is shown.
        var first = keys.ConvertAll(key => reconciler.ReconcileAsync(key, Token));
        Assert.Equal(Servers, provisioner.Waiting);
        provisioner.GiveUp();
        await Task.WhenAll(first);
        Assert.All(keys, key => Assert.StartsWith("Timeout: ", world.Kubernetes.Find<ClusterDataSource>(key.Namespace, key.Name)!.Status!.Error, StringComparison.Ordinal));

        var second = keys.ConvertAll(key => reconciler.ReconcileAsync(key, Token));
        Assert.Equal(4, provisioner.Waiting);
        await reconciler.ReconcileAsync(World.Key, Token);
        Assert.True(world.Status.Ready);
        Assert.Equal(4, provisioner.Waiting);

        provisioner.GiveUp();
        await Task.WhenAll(second);
    }

    [Fact]
    public async Task One_of_them_holds_two_workers_however_many_clusters_it_has()
    {
        var reconciler = world.NewReconciler();
        var keys = Enumerable.Range(0, Servers).Select(number => Put($"cluster-{number}", "silent")).ToList();
        world.Cache.Items.AddRange(world.Kubernetes.All<ClusterDataSource>());

        var looks = keys.ConvertAll(key => reconciler.ReconcileAsync(key, Token));
        Assert.Equal(2, provisioner.Waiting);

        provisioner.GiveUp();
        await Task.WhenAll(looks);
    }

    /// <summary>A silent server's DataSource, and a ClusterDataSource that uses it.</summary>
    private NamespacedName Put(string name, string dataSource)
    {
        world.PutDataSource(dataSource, $"{dataSource}.example.org");
        world.Kubernetes.Put(new ClusterDataSource
        {
            Metadata = new ObjectMeta { Namespace = World.Tenant, Name = name, Finalizers = [ClusterDataSource.Finalizer] },
            Spec = new ClusterDataSourceSpec { DataSource = dataSource, Schema = $"tenant_{name.Replace('-', '_')}_9fvwr" },
        });
        return new NamespacedName(World.Tenant, name);
    }

    /// <summary>Waits for silent servers until the test says that their time is over; the others are ready at once.</summary>
    private sealed class PatientProvisioner : IDatabaseProvisioner
    {
        private TaskCompletionSource timeIsOver = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int waiting;

        public int Waiting => Volatile.Read(ref waiting);

        public void GiveUp()
        {
            var over = timeIsOver;
            timeIsOver = new(TaskCreationOptions.RunContinuationsAsynchronously);
            over.SetResult();
        }

        public async Task<ProvisioningOutcome> ProvisionAsync(PostgresServer server, KineDatabase wanted, CancellationToken cancellationToken)
        {
            if (!server.Endpoints[0].Host.StartsWith("silent", StringComparison.Ordinal))
            {
                return new ProvisioningOutcome.Ready([]);
            }

            Interlocked.Increment(ref waiting);
            await timeIsOver.Task.WaitAsync(cancellationToken);
            Interlocked.Decrement(ref waiting);
            throw new TimeoutException();
        }

        public Task<ReleaseOutcome> ReleaseAsync(PostgresServer server, ReleaseRequest request, CancellationToken cancellationToken) =>
            throw new NotSupportedException("Nothing is released here.");
    }
}
