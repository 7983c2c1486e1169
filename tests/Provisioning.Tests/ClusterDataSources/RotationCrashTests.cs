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
            var mortal = new World();
            mortal.PutClusterDataSource();
            await mortal.ReconcileAsync();
            var before = mortal.Dsn("berlin-kine");
            mortal.Annotate(AnnotationNames.Rotate, "one");
            mortal.Faults.Restart();
            mortal.Faults.KillAt(moment);
            await Record.ExceptionAsync(() => mortal.ReconcileAsync());
            var diedAt = mortal.Faults.DiedAt;
            mortal.Faults.Restart();

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
}
