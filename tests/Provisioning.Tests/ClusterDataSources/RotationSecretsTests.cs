using Provisioning.ClusterDataSources;
using Provisioning.Postgres;
using Provisioning.Tests.Postgres;

namespace Provisioning.Tests.ClusterDataSources;

/// <summary>A cluster loses its Secrets while the second of its roles is the one to log in.</summary>
public sealed class RotationSecretsTests(PostgresServers servers)
{
    [Fact]
    public async Task All_of_them_lost_end_in_a_new_password_and_who_runs_on_the_lost_one_goes_on_until_nobody_does()
    {
        var real = new RealWorld();
        var world = real.World;
        real.Use(await servers.GetAsync(15), "lost");
        await world.ReconcileAsync();
        await real.QueryAsync("berlin-kine", RealWorld.KineStarts);
        world.Annotate(AnnotationNames.Rotate, "once");
        await world.ReconcileAsync();
        var (used, lost) = (world.Status.KineDataSourceSecret!, world.Secret("berlin-kine")!);
        world.DeleteSecret("berlin-kine");
        world.DeleteSecret(used);

        await world.ReconcileAsync();

        Assert.True(world.Status is { Ready: true, Error: null }, world.Status.ToString());
        Assert.NotEqual(used, world.Status.KineDataSourceSecret);
        Assert.True(world.Dsn("berlin-kine") == world.Dsn(world.Status.KineDataSourceSecret!));
        Assert.Equal(KineNames.Of(world.Stored).Role, KineDsn.Parse(world.Dsn("berlin-kine"))!.Role);
        Assert.Equal(2L, await real.QueryAsync("berlin-kine", $"{RealWorld.KineStarts}; SELECT count(*) FROM kine"));

        // As control planes have it in their environment.
        world.Kubernetes.Put(lost with { Metadata = lost.Metadata with { Name = "kept", ResourceVersion = null } });
        Assert.Equal(3L, await real.QueryAsync("kept", $"{RealWorld.KineStarts}; SELECT count(*) FROM kine"));
        Assert.Contains(world.Events, happened => happened.Reason == "FormerCredentialsInUse" && happened.Note.Contains($"{KineNames.Of(world.Stored).SecondRole}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_well_known_one_lost_is_made_again_with_the_password_of_the_one_that_control_planes_use()
    {
        var world = new World();
        world.PutClusterDataSource();
        await world.ReconcileAsync();
        world.Annotate(AnnotationNames.Rotate, "once");
        await world.ReconcileAsync();
        var (used, dsn) = (world.Status.KineDataSourceSecret!, world.Dsn("berlin-kine"));
        world.DeleteSecret("berlin-kine");

        await world.ReconcileAsync();

        Assert.Equal(used, world.Status.KineDataSourceSecret);
        Assert.True(dsn == world.Dsn("berlin-kine"));
        Assert.Equal("once", world.Secret("berlin-kine")!.Metadata.Annotations![AnnotationNames.Rotated]);
    }
}
