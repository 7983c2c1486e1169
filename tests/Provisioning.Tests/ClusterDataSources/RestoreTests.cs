using System.Text;
using Provisioning.ClusterDataSources;
using Provisioning.Postgres;
using Provisioning.Resources;

namespace Provisioning.Tests.ClusterDataSources;

/// <summary>What becomes of a cluster when its database or its management cluster comes back from a backup.</summary>
public sealed class RestoreTests
{
    private readonly World world = new();

    private string RolePassword => Assert.Single(world.Server.Roles).Value.Password;

    [Fact]
    public async Task Follows_to_a_restored_server_with_the_same_password_under_a_new_name()
    {
        world.PutClusterDataSource();
        await world.ReconcileAsync();
        var password = RolePassword;
        world.Restored.Databases[World.Schema] = world.Postgres.Wanted!.Mark.Text;
        world.PointTo("restored");

        await world.ReconcileAsync();

        Assert.True(world.Status is { Ready: true, ObservedGeneration: 2, Error: null, CaSecret: "berlin-kine-ca" });
        Assert.Matches("^berlin-kine-[0-9a-f]{10}$", world.Status.KineDataSourceSecret);
        Assert.Contains("@restored.example.org:5432/", world.Dsn(world.Status.KineDataSourceSecret!), StringComparison.Ordinal);
        Assert.Equal(world.Dsn("berlin-kine"), world.Dsn(world.Status.KineDataSourceSecret!));
        Assert.Equal(password, Assert.Single(world.Restored.Roles).Value.Password);

        // And back again: the first name stands for the first content.
        world.PointTo("main");
        await world.ReconcileAsync();
        Assert.Equal("berlin-kine", world.Status.KineDataSourceSecret);
    }

    [Fact]
    public async Task The_Secret_that_control_planes_use_names_the_former_server_until_the_next_one_is_ready()
    {
        world.PutClusterDataSource();
        await world.ReconcileAsync();
        var dsn = world.Dsn("berlin-kine");
        world.PointTo("restored");

        await world.ReconcileAsync();
        Assert.NotNull(world.Status.Error);
        Assert.Equal("berlin-kine", world.Status.KineDataSourceSecret);
        Assert.True(dsn == world.Dsn("berlin-kine"));

        world.Postgres.Failure = new TimeoutException();
        await world.ReconcileAsync();
        Assert.True(dsn == world.Dsn("berlin-kine"));

        world.Postgres.Failure = null;
        world.Restored.Databases[World.Schema] = world.Postgres.Wanted!.Mark.Text;
        await world.ReconcileAsync();
        Assert.Contains("@restored.example.org:5432/", world.Dsn("berlin-kine"), StringComparison.Ordinal);
        Assert.Equal(world.Dsn("berlin-kine"), world.Dsn(world.Status.KineDataSourceSecret!));
    }

    [Fact]
    public async Task A_new_password_stands_in_a_Secret_before_the_server_hears_of_it()
    {
        world.PutClusterDataSource();
        await world.ReconcileAsync();
        world.DeleteSecret("berlin-kine");
        world.Postgres.Failure = new TimeoutException();

        await world.ReconcileAsync();

        Assert.Equal(world.Postgres.Wanted!.Password.Reveal(), KineDsn.Parse(world.Dsn("berlin-kine"))!.Password.Reveal());
    }

    [Fact]
    public async Task Says_that_the_role_on_the_former_server_can_still_log_in()
    {
        world.PutClusterDataSource();
        await world.ReconcileAsync();
        world.Restored.Databases[World.Schema] = world.Postgres.Wanted!.Mark.Text;
        world.PointTo("restored");
        Assert.DoesNotContain(world.Events, happened => happened.Reason == "FormerServerKeepsRole");

        await world.ReconcileAsync();
        await world.ReconcileAsync();

        var said = Assert.Single(world.Events, happened => happened.Reason == "FormerServerKeepsRole");
        Assert.Equal("Warning", said.Type);
        Assert.Contains("db.example.org:5432", said.Note, StringComparison.Ordinal);
        Assert.Contains("DROP ROLE", said.Note, StringComparison.Ordinal);
        Assert.Null(said.Series);
    }

    [Fact]
    public async Task Never_makes_an_empty_database_where_the_cluster_had_one_unless_told_to()
    {
        world.PutClusterDataSource();
        await world.ReconcileAsync();
        world.PointTo("restored");

        await world.ReconcileAsync();
        Assert.StartsWith("DatabaseMissing:", world.Status.Error, StringComparison.Ordinal);
        Assert.Empty(world.Restored.Databases);

        world.Annotate(AnnotationNames.AllowEmptyDatabase, "true");
        await world.ReconcileAsync();
        Assert.True(world.Status.Ready);
        Assert.Single(world.Restored.Databases);
        Assert.False(world.Stored.Metadata.Annotations!.ContainsKey(AnnotationNames.AllowEmptyDatabase));
    }

    [Theory]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    [InlineData(false, false, true)]
    public async Task Remembers_that_there_was_a_database_by_each_trace_alone(bool status, bool annotation, bool secret)
    {
        world.PutClusterDataSource();
        await world.ReconcileAsync();
        if (!status)
        {
            world.ForgetStatus();
        }

        if (!annotation)
        {
            world.Annotate(AnnotationNames.PublishedSecrets, null);
        }

        if (!secret)
        {
            world.DeleteSecret("berlin-kine");
        }

        world.Server.Databases.Clear();

        await world.ReconcileAsync();

        Assert.StartsWith("DatabaseMissing:", world.Status.Error, StringComparison.Ordinal);
        Assert.Empty(world.Server.Databases);
    }

    [Fact]
    public async Task Publishes_the_same_names_again_after_a_restore_that_lost_the_status()
    {
        world.PutClusterDataSource();
        await world.ReconcileAsync();
        world.Restored.Databases[World.Schema] = world.Postgres.Wanted!.Mark.Text;
        world.PointTo("restored");
        await world.ReconcileAsync();
        var status = world.Status;
        world.ForgetStatus();

        await world.ReconcileAsync();

        Assert.Equal(status, world.Status);
    }

    [Fact]
    public async Task A_recreated_ClusterDataSource_is_not_bound_by_what_its_predecessor_left_in_the_Secret()
    {
        world.PutClusterDataSource();
        await world.ReconcileAsync();
        var secret = world.Secret("berlin-kine")!;
        world.DeleteClusterDataSource();
        await world.ReconcileAsync();
        world.Kubernetes.Put(secret);
        world.Kubernetes.Put(new ClusterDataSource
        {
            Metadata = new Provisioning.Kubernetes.ObjectMeta { Namespace = World.Tenant, Name = World.Cluster },
            Spec = new ClusterDataSourceSpec { DataSource = "main", Schema = "tenant_berlin_other" },
        });

        await world.ReconcileAsync();

        Assert.True(world.Status.Ready);
        Assert.Equal("tenant_berlin_other", KineDsn.Parse(world.Dsn("berlin-kine"))!.Database.Value);
        Assert.False(Encoding.UTF8.GetString(secret.Data![SecretNames.DsnKey]) == world.Dsn("berlin-kine"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_management_cluster_from_a_backup_goes_on_by_itself(bool keepsOwnerReferences)
    {
        world.PutClusterDataSource();
        await world.ReconcileAsync();
        var (restored, secrets, before) = (world.Stored, new[] { world.Secret("berlin-kine")!, world.Secret("berlin-kine-ca")! }, world.Status);
        var dsn = world.Dsn("berlin-kine");

        // As a backup tool brings them back: new uids, no statuses, owner references to uids that no longer exist, or none.
        world.Kubernetes.Put(restored with { Metadata = restored.Metadata with { Uid = null, ResourceVersion = null }, Status = null });
        foreach (var secret in secrets)
        {
            var owners = keepsOwnerReferences ? secret.Metadata.OwnerReferences : null;
            world.Kubernetes.Put(secret with { Metadata = secret.Metadata with { Uid = null, ResourceVersion = null, OwnerReferences = owners } });
        }

        await world.ReconcileAsync();

        Assert.Equal(before, world.Status);
        Assert.True(dsn == world.Dsn("berlin-kine"));
        Assert.Equal(world.Stored.Metadata.Uid, Assert.Single(world.Secret("berlin-kine")!.Metadata.OwnerReferences!).Uid);
        Assert.Equal(world.Postgres.Wanted!.Mark.Text, Assert.Single(world.Server.Databases).Value);
        Assert.False(world.Postgres.Wanted.MayCreateDatabase);
    }
}
