using Provisioning.ClusterDataSources;
using Provisioning.Postgres;

namespace Provisioning.Tests.ClusterDataSources;

public sealed class RotationMoveTests
{
    [Fact]
    public async Task A_cluster_that_has_moved_is_rotated_like_any_other()
    {
        var world = new World();
        world.PutClusterDataSource();
        await world.ReconcileAsync();
        world.Restored.Databases[World.Schema] = world.Postgres.Wanted!.Mark.Text;
        world.PointTo("restored");
        await world.ReconcileAsync();
        var moved = world.Dsn("berlin-kine");

        world.Annotate(AnnotationNames.Rotate, "one");
        await world.ReconcileAsync();

        var current = world.Dsn("berlin-kine");
        Assert.Equal("kine2_" + World.Schema, KineDsn.Parse(current)!.Role.Value);
        Assert.True(RotationTests.LogsIn(world, moved, world.Restored) && RotationTests.LogsIn(world, current, world.Restored));
    }
}
