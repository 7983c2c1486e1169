using System.Text;
using System.Text.Json.Nodes;
using Provisioning.ClusterDataSources;
using Provisioning.Postgres;
using Provisioning.Resources;

namespace Provisioning.Tests.ClusterDataSources;

/// <summary>What becomes of passwords and of the names of Secrets over the life of a cluster.</summary>
public sealed class SecretLifeTests
{
    private readonly World world = new();

    private string RolePassword => Assert.Single(world.Server.Roles).Value.Password;

    [Fact]
    public async Task Keeps_the_password_that_is_in_the_Secret()
    {
        world.PutClusterDataSource();
        world.Postgres.Failure = new TimeoutException();
        await world.ReconcileAsync();
        var before = world.Dsn("berlin-kine");
        world.Postgres.Failure = null;

        await world.ReconcileAsync();

        Assert.Equal(before, world.Dsn("berlin-kine"));
        Assert.Equal(KineDsn.Parse(before)!.Password.Reveal(), RolePassword);
    }

    [Fact]
    public async Task Replaces_a_lost_Secret_by_a_new_password_under_a_new_name()
    {
        world.PutClusterDataSource();
        await world.ReconcileAsync();
        var lost = world.Dsn("berlin-kine");
        world.DeleteSecret("berlin-kine");

        await world.ReconcileAsync();

        Assert.False(lost == world.Dsn("berlin-kine"));
        Assert.Matches("^berlin-kine-[0-9a-f]{10}$", world.Status.KineDataSourceSecret);
        Assert.Equal(world.Dsn("berlin-kine"), world.Dsn(world.Status.KineDataSourceSecret!));
        Assert.Equal(KineDsn.Parse(world.Dsn("berlin-kine"))!.Password.Reveal(), RolePassword);
        Assert.Contains(world.Events, happened => happened.Reason == "SecretsChanged");
        Assert.False(world.Postgres.Wanted!.MayCreateDatabase);
    }

    [Fact]
    public async Task Takes_the_password_of_a_lost_Secret_from_the_copy_that_control_planes_use()
    {
        world.PutClusterDataSource();
        await world.ReconcileAsync();
        world.DeleteSecret("berlin-kine");
        await world.ReconcileAsync();
        var (name, dsn) = (world.Status.KineDataSourceSecret!, world.Dsn("berlin-kine"));
        world.DeleteSecret("berlin-kine");

        await world.ReconcileAsync();

        Assert.Equal(dsn, world.Dsn("berlin-kine"));
        Assert.Equal(name, world.Status.KineDataSourceSecret);
    }

    [Fact]
    public async Task Makes_a_lost_copy_again()
    {
        world.PutClusterDataSource();
        await world.ReconcileAsync();
        world.PointTo("restored");
        world.Restored.Databases[World.Schema] = world.Postgres.Wanted!.Mark.Text;
        await world.ReconcileAsync();
        var copy = world.Status.KineDataSourceSecret!;
        world.DeleteSecret(copy);
        world.DeleteSecret("berlin-kine-ca");

        await world.ReconcileAsync();

        Assert.Equal(copy, world.Status.KineDataSourceSecret);
        Assert.Equal(world.Dsn("berlin-kine"), world.Dsn(copy));
        Assert.NotNull(world.Secret("berlin-kine-ca"));
    }

    [Theory]
    [InlineData("postgres://kine_tenant_berlin_9fvwr:short@db.example.org:5432/tenant_berlin_9fvwr?sslmode=verify-full")]
    [InlineData("postgres://somebody:abcdefghijklmnopqrstuvwxyz012345@db.example.org:5432/tenant_berlin_9fvwr?sslmode=verify-full")]
    [InlineData("mangled")]
    [InlineData("")]
    public async Task Repairs_an_edited_Secret_with_a_new_password(string edited)
    {
        world.PutClusterDataSource();
        await world.ReconcileAsync();
        Edit("berlin-kine", SecretNames.DsnKey, edited);

        await world.ReconcileAsync();

        Assert.NotNull(KineDsn.Parse(world.Dsn("berlin-kine")));
        Assert.Equal(KineDsn.Parse(world.Dsn("berlin-kine"))!.Password.Reveal(), RolePassword);
        Assert.StartsWith("berlin-kine-", world.Status.KineDataSourceSecret, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Puts_an_edited_host_right_and_removes_added_keys_without_a_new_password()
    {
        world.PutClusterDataSource();
        await world.ReconcileAsync();
        var before = world.Dsn("berlin-kine");
        Edit("berlin-kine", SecretNames.DsnKey, before.Replace("db.example.org", "10.0.0.9", StringComparison.Ordinal).Replace("verify-full", "disable", StringComparison.Ordinal));
        Edit("berlin-kine", "LD_PRELOAD", "x");

        await world.ReconcileAsync();

        Assert.Equal(before, world.Dsn("berlin-kine"));
        Assert.Equal(SecretNames.DsnKey, Assert.Single(world.Secret("berlin-kine")!.Data!.Keys));
        Assert.Equal("berlin-kine", world.Status.KineDataSourceSecret);
    }

    [Fact]
    public async Task Publishes_a_changed_CA_under_a_new_name_and_leaves_the_DSN_alone()
    {
        world.PutClusterDataSource();
        await world.ReconcileAsync();
        Edit("db-ca", "root.pem", World.Certificate + World.Certificate);

        await world.ReconcileAsync();

        Assert.Equal("berlin-kine", world.Status.KineDataSourceSecret);
        Assert.Matches("^berlin-kine-ca-[0-9a-f]{10}$", world.Status.CaSecret);
        Assert.Equal(World.Certificate + World.Certificate, Encoding.UTF8.GetString(world.Secret(world.Status.CaSecret!)!.Data!["root.pem"]));
        Assert.Equal(World.Certificate + World.Certificate, Encoding.UTF8.GetString(world.Secret("berlin-kine-ca")!.Data!["root.pem"]));
    }

    [Fact]
    public async Task Keeps_the_Secret_before_the_current_one_and_deletes_older_ones()
    {
        world.PutClusterDataSource();
        await world.ReconcileAsync();
        var names = new List<string>();
        for (var change = 0; change < 4; change++)
        {
            world.PutDataSource("main", $"db{change}.example.org");
            world.Postgres.Servers[$"db{change}.example.org"] = world.Server;
            await world.ReconcileAsync();
            names.Add(world.Status.KineDataSourceSecret!);
        }

        Assert.Equal(4, names.Distinct(StringComparer.Ordinal).Count());
        Assert.NotNull(world.Secret("berlin-kine"));
        Assert.Null(world.Secret(names[0]));
        Assert.Null(world.Secret(names[1]));
        Assert.NotNull(world.Secret(names[2]));
        Assert.NotNull(world.Secret(names[3]));

        world.DeleteClusterDataSource();
        await world.ReconcileAsync();
        Assert.DoesNotContain(world.Kubernetes.All<Secret>(), secret => secret.Metadata.Name!.StartsWith("berlin", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Never_deletes_a_Secret_that_the_clusters_HelmRelease_still_names()
    {
        world.PutClusterDataSource();
        await world.ReconcileAsync();
        var names = new List<(string Kine, string Authority)>();
        for (var change = 0; change < 6; change++)
        {
            world.PutDataSource("main", $"db{change}.example.org");
            world.Postgres.Servers[$"db{change}.example.org"] = world.Server;
            Edit("db-ca", "root.pem", string.Concat(Enumerable.Repeat(World.Certificate, change + 2)));
            await world.ReconcileAsync();
            names.Add((world.Status.KineDataSourceSecret!, world.Status.CaSecret!));
            if (change == 0)
            {
                world.PutRelease(names[0].Kine, names[0].Authority);
            }
        }

        Assert.Equal(6, names.Distinct().Count());
        Assert.All([names[0], names[4], names[5]], pair => Assert.True(world.Secret(pair.Kine) is not null && world.Secret(pair.Authority) is not null));
        Assert.All([names[1], names[2], names[3]], pair => Assert.True(world.Secret(pair.Kine) is null && world.Secret(pair.Authority) is null));

        world.PutRelease(names[5].Kine, names[5].Authority);
        await world.ReconcileAsync();
        Assert.True(world.Secret(names[0].Kine) is null && world.Secret(names[0].Authority) is null);
    }

    private void Edit(string secret, string key, string value) => world.Kubernetes.Edit<Secret>(
        World.Tenant, secret, new JsonObject { ["data"] = new JsonObject { [key] = Convert.ToBase64String(Encoding.UTF8.GetBytes(value)) } });
}
