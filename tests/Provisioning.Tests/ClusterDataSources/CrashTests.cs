using Provisioning.ClusterDataSources;
using Provisioning.Postgres;
using Provisioning.Resources;

namespace Provisioning.Tests.ClusterDataSources;

/// <summary>The process dies before or after every single effect, a new one starts, and the world ends up as if nothing had happened.</summary>
public sealed class CrashTests
{
    /// <summary>More moments than any of the runs has: a run that reaches it does not end.</summary>
    private const int TooMany = 500;

    [Fact]
    public Task Creating_converges_on_one_password() => ForEveryMomentAsync(
        () =>
        {
            var world = new World();
            world.PutClusterDataSource(withFinalizer: false);
            return Task.FromResult(world);
        },
        world => AssertReady(world, world.Server));

    [Fact]
    public Task Following_to_a_restored_server_converges_on_the_password_it_had() => ForEveryMomentAsync(
        async () =>
        {
            var world = await ReadyWorldAsync();
            world.Restored.Databases[World.Schema] = world.Postgres.Wanted!.Mark.Text;
            world.PointTo("restored");
            return world;
        },
        world =>
        {
            AssertReady(world, world.Restored);
            Assert.Equal(Assert.Single(world.Server.Roles).Value.Password, Assert.Single(world.Restored.Roles).Value.Password);
            Assert.Contains(world.Events, happened => happened.Reason == "FormerServerKeepsRole");
        });

    [Fact]
    public async Task Whoever_dies_twice_while_it_follows_still_tells_of_the_role_on_the_former_server()
    {
        var (first, second, diedTwice) = (0, 0, 0);
        while (first < TooMany)
        {
            var world = await ReadyWorldAsync();
            world.Restored.Databases[World.Schema] = world.Postgres.Wanted!.Mark.Text;
            world.PointTo("restored");
            var isLast = !await DiesAtAsync(world, first);
            var died = await DiesAtAsync(world, second);
            diedTwice += died ? 1 : 0;
            world.Faults.Restart();
            await RunAsync(world);
            await RunAsync(world);

            AssertReady(world, world.Restored);
            Assert.True(
                world.Events.Any(happened => happened.Reason == "FormerServerKeepsRole"), $"Nobody was told after crashes at the moments {first} and {second}.");
            if (isLast)
            {
                Assert.True(diedTwice > 30, "There must have been moments to die at.");
                return;
            }

            (first, second) = died ? (first, second + 1) : (first + 1, 0);
        }

        Assert.Fail("The run never ended.");
    }

    [Fact]
    public Task Going_back_to_the_first_server_tells_of_the_role_on_the_second() => ForEveryMomentAsync(
        async () =>
        {
            var world = await ReadyWorldAsync();
            world.Restored.Databases[World.Schema] = world.Postgres.Wanted!.Mark.Text;
            world.PointTo("restored");
            await world.ReconcileAsync();
            world.PointTo("main");
            return world;
        },
        world =>
        {
            AssertReady(world, world.Server);
            Assert.True(TellsOf(world, "restored.example.org:5432"));
        });

    [Fact]
    public async Task A_move_that_is_taken_back_in_the_middle_tells_of_the_server_as_soon_as_the_role_is_there()
    {
        var (first, second, reached, diedTwice) = (0, 0, 0, 0);
        while (first < TooMany)
        {
            var world = await ReadyWorldAsync();
            world.Restored.Databases[World.Schema] = world.Postgres.Wanted!.Mark.Text;
            world.PointTo("restored");
            var isLast = !await DiesAtAsync(world, first);
            var isThere = world.Restored.Roles.Count > 0;
            world.PointTo("main");
            var died = await DiesAtAsync(world, second);
            (reached, diedTwice) = (reached + (isThere ? 1 : 0), diedTwice + (died ? 1 : 0));
            world.Faults.Restart();
            await RunAsync(world);
            await RunAsync(world);

            AssertReady(world, world.Server);
            Assert.True(TellsOf(world, "restored.example.org:5432") || !isThere, $"Nobody was told after crashes at the moments {first} and {second}.");
            Assert.False(world.Secret("berlin-kine")!.Metadata.Annotations!.ContainsKey(AnnotationNames.FormerServer));
            if (isLast)
            {
                Assert.True(reached > 10 && diedTwice > 30, "There must have been moments to die at.");
                return;
            }

            (first, second) = died ? (first, second + 1) : (first + 1, 0);
        }

        Assert.Fail("The run never ended.");
    }

    [Fact]
    public Task Repairing_a_lost_Secret_converges_on_one_password() => ForEveryMomentAsync(
        async () =>
        {
            var world = await ReadyWorldAsync();
            world.DeleteSecret("berlin-kine");
            return world;
        },
        world => AssertReady(world, world.Server));

    [Fact]
    public Task Deleting_ends_with_the_role_gone_and_the_database_kept() => ForEveryMomentAsync(
        async () =>
        {
            var world = await ReadyWorldAsync();
            world.DeleteClusterDataSource();
            return world;
        },
        world =>
        {
            Assert.Null(world.Kubernetes.Find<ClusterDataSource>(World.Tenant, World.Cluster));
            Assert.Empty(world.Server.Roles);
            Assert.Single(world.Server.Databases);
            Assert.DoesNotContain(world.Kubernetes.All<Secret>(), secret => secret.Metadata.Name!.StartsWith("berlin", StringComparison.Ordinal));
            Assert.Contains(world.Events, happened => happened.Reason == "Released");
        });

    private static bool TellsOf(World world, string server) =>
        world.Events.Any(happened => happened.Reason == "FormerServerKeepsRole" && happened.Note.Contains($"the former server {server};", StringComparison.Ordinal));

    private static async Task<World> ReadyWorldAsync()
    {
        var world = new World();
        world.PutClusterDataSource();
        await world.ReconcileAsync();
        return world;
    }

    private static async Task ForEveryMomentAsync(Func<Task<World>> arrange, Action<World> assert)
    {
        for (var moment = 0; moment < TooMany; moment++)
        {
            var world = await arrange();
            world.Faults.Restart();
            world.Faults.KillAt(moment);
            await RunAsync(world);
            var diedAt = world.Faults.DiedAt;
            var promised = Promised(world);
            world.Faults.Restart();

            await RunAsync(world);
            await RunAsync(world);

            try
            {
                assert(world);
                if (promised is not null && world.Kubernetes.Find<ClusterDataSource>(World.Tenant, World.Cluster) is not null)
                {
                    Assert.Equal(promised, Promised(world));
                }
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"After a crash at \"{diedAt}\": {exception.Message}", exception);
            }

            if (diedAt is null)
            {
                Assert.True(moment > 10, "The run must have had moments to die at.");
                return;
            }
        }

        Assert.Fail("The run never ended.");
    }

    /// <summary>What a control plane may already have started with: the DSN behind a status that is ready for the current spec.</summary>
    private static string? Promised(World world) =>
        world.Kubernetes.Find<ClusterDataSource>(World.Tenant, World.Cluster) is { Status: { Ready: true, KineDataSourceSecret: { } name } status } stored
        && status.ObservedGeneration == stored.Metadata.Generation
        && world.Secret(name) is not null
            ? world.Dsn(name)
            : null;

    private static async Task<bool> DiesAtAsync(World world, int moment)
    {
        world.Faults.Restart();
        world.Faults.KillAt(moment);
        await RunAsync(world);
        return world.Faults.DiedAt is not null;
    }

    private static async Task RunAsync(World world)
    {
        try
        {
            await world.ReconcileAsync();
        }
        catch (KilledException)
        {
            // Dead; the next run is a new process.
        }
    }

    private static void AssertReady(World world, FakeServer server)
    {
        Assert.True(world.Status is { Ready: true, Error: null, CaSecret: "berlin-kine-ca" }, world.Status.ToString());
        Assert.Equal(world.Stored.Metadata.Generation, world.Status.ObservedGeneration);
        Assert.Equal(world.Dsn("berlin-kine"), world.Dsn(world.Status.KineDataSourceSecret!));
        Assert.Equal(KineDsn.Parse(world.Dsn("berlin-kine"))!.Password.Reveal(), Assert.Single(server.Roles).Value.Password);
        Assert.Single(server.Databases);
        Assert.Contains(ClusterDataSource.Finalizer, world.Stored.Metadata.Finalizers!, StringComparer.Ordinal);
    }
}
