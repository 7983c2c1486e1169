using System.Text;
using Provisioning.ClusterDataSources;
using Provisioning.Kubernetes;
using Provisioning.Postgres;
using Provisioning.Reconciliation;
using Provisioning.Resources;

namespace Provisioning.Tests.ClusterDataSources;

public sealed class ClusterDataSourceReconcilerTests
{
    private readonly World world = new();

    [Fact]
    public async Task Makes_database_role_Secrets_and_a_status_that_kcm_accepts()
    {
        world.PutClusterDataSource(withFinalizer: false);

        var result = await world.ReconcileAsync();

        Assert.Equal(new ReconciliationOptions().ResyncPeriod, result.RequeueAfter);
        Assert.Equal(
            new ClusterDataSourceStatus { Ready = true, ObservedGeneration = 1, KineDataSourceSecret = "berlin-kine", CaSecret = "berlin-kine-ca" },
            world.Status);
        Assert.Equal(ClusterDataSource.Finalizer, Assert.Single(world.Stored.Metadata.Finalizers!));
        var kine = world.Secret("berlin-kine")!;
        var dsn = KineDsn.Parse(world.Dsn("berlin-kine"))!;
        Assert.Equal(SecretNames.DsnKey, Assert.Single(kine.Data!.Keys));
        Assert.Equal([new PostgresEndpoint("db.example.org", 5432)], dsn.Endpoints);
        Assert.True(dsn.HasCertificateAuthority);
        Assert.Equal(dsn.Password.Reveal(), world.Server.Roles[dsn.Role.Value].Password);
        Assert.True(world.Server.Databases.ContainsKey(dsn.Database.Value));
        var authority = world.Secret("berlin-kine-ca")!;
        Assert.Equal("root.pem", Assert.Single(authority.Data!.Keys));
        Assert.Equal(World.Certificate, Encoding.UTF8.GetString(authority.Data["root.pem"]));
        Assert.Contains(world.Events, happened => happened.Reason == "Provisioned" && happened.Type == "Normal");
    }

    [Fact]
    public async Task Owns_and_labels_its_Secrets_and_tells_the_names_it_chose()
    {
        world.PutClusterDataSource();

        await world.ReconcileAsync();

        foreach (var secret in new[] { world.Secret("berlin-kine")!, world.Secret("berlin-kine-ca")! })
        {
            Assert.Equal("kcm", secret.Metadata.Labels!["k0rdent.mirantis.com/component"]);
            Assert.Equal("true", secret.Metadata.Labels["k0rdent.mirantis.com/managed"]);
            var owner = Assert.Single(secret.Metadata.OwnerReferences!);
            Assert.Equal(("k0rdent.mirantis.com/v1beta1", "ClusterDataSource", "berlin", world.Stored.Metadata.Uid, true), (owner.ApiVersion, owner.Kind, owner.Name, owner.Uid, owner.Controller));
        }

        var dsn = KineDsn.Parse(world.Dsn("berlin-kine"))!;
        Assert.Equal(dsn.Database.Value, world.Secret("berlin-kine")!.Metadata.Annotations!["k0rdent.mirantis.com/database"]);
        Assert.Equal(dsn.Role.Value, world.Secret("berlin-kine")!.Metadata.Annotations!["k0rdent.mirantis.com/role"]);
        Assert.Equal($"k0rdent ClusterDataSource tenant/berlin uid {world.Stored.Metadata.Uid}", world.Postgres.Wanted!.Mark.Text);
    }

    [Fact]
    public async Task Writes_nothing_when_nothing_differs()
    {
        world.PutClusterDataSource();
        await world.ReconcileAsync();
        world.Kubernetes.ForgetWrites();
        world.Kubernetes.Reads.Clear();

        await world.ReconcileAsync();

        Assert.Empty(world.Kubernetes.Writes);
        Assert.Equal(
            ["clusterdatasources tenant/berlin", "datasources tenant/main", "secrets tenant/db-admin", "secrets tenant/db-ca", "secrets tenant/berlin-kine", "secrets tenant/berlin-kine-ca", "secrets tenant/berlin-kine-next"],
            world.Kubernetes.Reads);
    }

    [Fact]
    public async Task Puts_the_finalizer_on_and_writes_the_Secret_before_it_speaks_to_a_server()
    {
        world.PutClusterDataSource(withFinalizer: false);
        world.Postgres.Failure = new InvalidOperationException("down");

        await world.ReconcileAsync();

        Assert.Equal(ClusterDataSource.Finalizer, Assert.Single(world.Stored.Metadata.Finalizers!));
        Assert.Equal("tenant_berlin_9fvwr", world.Stored.Metadata.Annotations![AnnotationNames.Database]);
        Assert.Equal(world.Postgres.Wanted!.Password.Reveal(), KineDsn.Parse(world.Dsn("berlin-kine"))!.Password.Reveal());
    }

    [Fact]
    public async Task Leaves_out_the_CA_where_the_DataSource_has_none()
    {
        world.PutDataSource("main", "db.example.org", withAuthority: false);
        world.PutClusterDataSource();

        await world.ReconcileAsync();

        Assert.Null(world.Status.CaSecret);
        Assert.True(world.Status.Ready);
        Assert.Null(world.Secret("berlin-kine-ca"));
        Assert.DoesNotContain("sslrootcert", world.Dsn("berlin-kine"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Is_done_when_the_object_is_gone() => Assert.Equal(ReconcileResult.Done, await world.ReconcileAsync());

    [Fact]
    public async Task Never_overwrites_a_Secret_of_somebody_else()
    {
        world.PutClusterDataSource();
        world.Kubernetes.Put(new Secret
        {
            Metadata = new ObjectMeta { Namespace = World.Tenant, Name = "berlin-kine" },
            Data = new Dictionary<string, byte[]>(StringComparer.Ordinal) { ["theirs"] = [1] },
        });

        await world.ReconcileAsync();

        Assert.StartsWith("SecretConflict: Secret tenant/berlin-kine exists", world.Status.Error, StringComparison.Ordinal);
        Assert.Equal("theirs", Assert.Single(world.Secret("berlin-kine")!.Data!.Keys));
        Assert.Equal(0, world.Postgres.Calls);
    }

    [Fact]
    public async Task Shows_what_a_server_may_lack_soon()
    {
        world.PutClusterDataSource();
        world.Postgres.Outcome = new ProvisioningOutcome.Ready([]) { Warnings = ["too few connections"] };

        await world.ReconcileAsync();

        Assert.True(world.Status.Ready);
        Assert.Contains(world.Events, happened => happened is { Type: "Warning", Reason: "ServerNeedsAttention", Note: "too few connections" });
    }

    [Fact]
    public async Task Shows_no_credential_in_a_log_an_Event_or_a_status()
    {
        world.PutClusterDataSource();
        await world.ReconcileAsync();
        world.Postgres.Outcome = new ProvisioningOutcome.Refused("NameConflict", "x");
        await world.ReconcileAsync();
        world.Postgres.Outcome = null;
        world.DeleteSecret("berlin-kine");
        await world.ReconcileAsync();
        var password = world.Postgres.Wanted!.Password.Reveal();
        world.DeleteClusterDataSource();
        await world.ReconcileAsync();

        var shown = string.Join('\n', world.Logs.Lines.Concat(world.Events.Select(happened => happened.ToString())));
        Assert.Contains("berlin-kine", shown, StringComparison.Ordinal);
        Assert.DoesNotContain(password, shown, StringComparison.Ordinal);
        Assert.DoesNotContain(World.AdminPassword, shown, StringComparison.Ordinal);
        Assert.DoesNotContain("postgres://", shown, StringComparison.Ordinal);
    }
}
