using Provisioning.ClusterDataSources;
using Provisioning.Kubernetes;
using Provisioning.Resources;

namespace Provisioning.Tests.ClusterDataSources;

/// <summary>A namespace is deleted with everything in it, in any order.</summary>
public sealed class EndingNamespaceTests
{
    private readonly World world = new();

    [Theory]
    [InlineData("datasources", "main")]
    [InlineData("secrets", "db-admin")]
    public async Task What_is_left_behind_is_told_about_the_Namespace_where_that_outlives_it(string plural, string name)
    {
        await BeginAsync();
        world.Kubernetes.Remove(plural, World.Key with { Name = name });

        await world.ReconcileAsync();

        Assert.Null(world.Kubernetes.Find<ClusterDataSource>(World.Tenant, World.Cluster));
        var told = Assert.Single(world.Events, happened => happened.Reason == "LeftBehind");
        Assert.Equal(("default", "Namespace", World.Tenant, ""), (told.Metadata.Namespace, told.Regarding.Kind, told.Regarding.Name, told.Regarding.Namespace));
        Assert.Contains($"ClusterDataSource {World.Key}: ", told.Note, StringComparison.Ordinal);
        Assert.Contains($"role kine_{World.Schema} and database {World.Schema}", told.Note, StringComparison.Ordinal);
        Assert.Contains(world.Logs.Lines, line => line.Contains("left behind", StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_does_not_excuse_a_server_that_is_only_away()
    {
        await BeginAsync();
        world.Postgres.Failure = new TimeoutException();

        await world.ReconcileAsync();

        Assert.NotNull(world.Stored);
        Assert.DoesNotContain(world.Events, happened => happened.Reason == "LeftBehind");
    }

    [Fact]
    public async Task A_person_who_does_not_wait_for_a_server_is_told_there_too()
    {
        await BeginAsync();
        world.Postgres.Failure = new TimeoutException();
        world.Annotate(AnnotationNames.Release, "true");

        await world.ReconcileAsync();

        Assert.Equal("default", Assert.Single(world.Events, happened => happened.Reason == "LeftBehind").Metadata.Namespace);
    }

    /// <summary>A cluster that runs, in a namespace that is being deleted.</summary>
    private async Task BeginAsync()
    {
        world.PutClusterDataSource();
        await world.ReconcileAsync();
        world.Kubernetes.Put(new Namespace { Metadata = new ObjectMeta { Name = World.Tenant, DeletionTimestamp = DateTimeOffset.UnixEpoch } });
        world.DeleteClusterDataSource();
    }
}
