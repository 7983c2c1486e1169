using Provisioning.ClusterDataSources;
using Provisioning.Postgres;

namespace Provisioning.Tests.ClusterDataSources;

public sealed class RotationCrashTests
{
    /// <summary>More moments than a rotation has: a run that reaches it does not end.</summary>
    private const int TooMany = 500;

    [Fact]
    public async Task A_process_that_dies_at_any_moment_locks_nobody_out_and_rotates_once()
    {
        for (var moment = 0; moment < TooMany; moment++)
        {
            var (mortal, before) = await RequestAsync();
            var diedAt = await DieAsync(mortal, moment, () => mortal.ReconcileAsync());

            // Whatever a control plane started with, before or now.
            foreach (var dsn in new[] { before, mortal.Dsn("berlin-kine"), mortal.Dsn(mortal.Status.KineDataSourceSecret!) })
            {
                Assert.True(RotationTests.LogsIn(mortal, dsn), diedAt);
            }

            var promised = mortal.Status.KineDataSourceSecret == "berlin-kine" ? null : mortal.Status.KineDataSourceSecret;
            await mortal.ReconcileAsync();
            await mortal.ReconcileAsync();

            Assert.True(mortal.Status is { Ready: true, Error: null }, diedAt);
            Assert.True(promised is null || promised == mortal.Status.KineDataSourceSecret, diedAt);
            Assert.True(KineDsn.Parse(mortal.Dsn("berlin-kine"))!.Role.Value == "kine2_" + World.Schema, diedAt);
            Assert.True(mortal.Dsn("berlin-kine") == mortal.Dsn(mortal.Status.KineDataSourceSecret!), diedAt);
            Assert.True(mortal.Secret("berlin-kine-next") is null && RotationTests.LogsIn(mortal, before) && RotationTests.LogsIn(mortal, mortal.Dsn("berlin-kine")), diedAt);
            Assert.Contains(mortal.Events, happened => happened.Reason == "CredentialsRotated");
            if (diedAt is null)
            {
                Assert.InRange(moment, 20, TooMany);
                return;
            }
        }

        Assert.Fail("The run never ended.");
    }

    [Fact]
    public async Task A_process_that_dies_while_it_takes_the_former_password_away_says_so_once_it_is_gone()
    {
        for (var moment = 0; moment < TooMany; moment++)
        {
            var (mortal, before) = await RequestAsync();
            await mortal.ReconcileAsync();
            var current = mortal.Dsn("berlin-kine");
            var diedAt = await DieAsync(mortal, moment, () => RetireAsync(mortal));
            Assert.True(RotationTests.LogsIn(mortal, current), diedAt);
            var said = mortal.Events.Any(happened => happened.Reason == "FormerCredentialsRetired");
            Assert.False(said && RotationTests.LogsIn(mortal, before), diedAt);

            await RetireAsync(mortal);

            Assert.False(RotationTests.LogsIn(mortal, before), diedAt);
            Assert.True(RotationTests.LogsIn(mortal, mortal.Dsn("berlin-kine")) && current == mortal.Dsn("berlin-kine"), diedAt);
            Assert.True(mortal.Events.Any(happened => happened.Reason == "FormerCredentialsRetired" && happened.Note.Contains($"of role kine_{World.Schema},", StringComparison.Ordinal)), diedAt);
            Assert.False(mortal.Secret("berlin-kine")!.Metadata.Annotations!.ContainsKey(AnnotationNames.Retiring), diedAt);
            if (diedAt is null)
            {
                Assert.InRange(moment, 8, TooMany);
                return;
            }
        }

        Assert.Fail("The run never ended.");
    }

    /// <summary>A cluster that is ready, with the DSN that it has so far, and somebody who asks for another password.</summary>
    private static async Task<(World World, string Before)> RequestAsync()
    {
        var world = new World();
        world.PutClusterDataSource();
        await world.ReconcileAsync();
        var before = world.Dsn("berlin-kine");
        world.Annotate(AnnotationNames.Rotate, "one");
        return (world, before);
    }

    /// <summary>A process that dies at this moment of what it does.</summary>
    /// <returns>Where that was; null: it was done before.</returns>
    private static async Task<string?> DieAsync(World world, int moment, Func<Task> run)
    {
        world.Faults.Restart();
        world.Faults.KillAt(moment);
        await Record.ExceptionAsync(run);
        var diedAt = world.Faults.DiedAt;
        world.Faults.Restart();
        return diedAt;
    }

    /// <summary>A controller that has just started: it looks, waits for the whole period, and looks again.</summary>
    private static async Task RetireAsync(World world)
    {
        var reconciler = world.NewReconciler();
        await reconciler.ReconcileAsync(World.Key, TestContext.Current.CancellationToken);
        world.Time.Advance(new ClusterDataSourceOptions().RetireGracePeriod);
        await reconciler.ReconcileAsync(World.Key, TestContext.Current.CancellationToken);
    }
}
