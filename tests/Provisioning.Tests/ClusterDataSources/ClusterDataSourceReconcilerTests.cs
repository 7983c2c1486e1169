using System.Net;
using System.Text;
using System.Text.Json.Nodes;
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

        Assert.Equal(SteadyState.CheckPeriod, result.RequeueAfter);
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
            ["clusterdatasources tenant/berlin", "datasources tenant/main", "secrets tenant/db-admin", "secrets tenant/db-ca", "secrets tenant/berlin-kine", "secrets tenant/berlin-kine-ca"],
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

    [Theory]
    [InlineData("datasources", "main", "DataSourceNotFound: DataSource tenant/main does not exist")]
    [InlineData("secrets", "db-admin", "SecretNotFound: Secret tenant/db-admin, which spec.auth.username of DataSource tenant/main names, does not exist")]
    [InlineData("secrets", "db-ca", "SecretNotFound: Secret tenant/db-ca, which spec.certificateAuthority of DataSource tenant/main names, does not exist (without a namespace in the reference, the DataSource's own is meant)")]
    public async Task Says_what_is_missing_and_goes_on_when_it_appears(string plural, string name, string error)
    {
        world.PutClusterDataSource();
        var full = new World();
        world.Kubernetes.Remove(plural, World.Key with { Name = name });

        var result = await world.ReconcileAsync();

        Assert.NotNull(result.RequeueAfter);
        Assert.Equal(new ClusterDataSourceStatus { Error = error, ObservedGeneration = 1 }, world.Status);
        Assert.Contains(world.Events, happened => happened.Type == "Warning" && $"{happened.Reason}: {happened.Note}" == error);

        if (plural == "datasources")
        {
            world.PutDataSource("main", "db.example.org");
        }
        else
        {
            world.Kubernetes.Put(full.Secret(name)!);
        }

        await world.ReconcileAsync();
        Assert.True(world.Status is { Ready: true, Error: null });
    }

    [Theory]
    [InlineData("db-admin", "password", null, "SecretKeyNotFound: Secret tenant/db-admin has no key \"password\", which spec.auth.password of DataSource tenant/main names")]
    [InlineData("db-admin", "username", "", "InvalidSecret: the value that spec.auth.username of DataSource tenant/main (Secret tenant/db-admin, key \"username\") names is empty or not text")]
    [InlineData("db-ca", "root.pem", "bm8gY2VydGlmaWNhdGU=", "InvalidCertificateAuthority: the value that spec.certificateAuthority of DataSource tenant/main (Secret tenant/db-ca, key \"root.pem\") names is not a list of PEM certificates")]
    public async Task Says_what_is_wrong_with_a_Secret(string secret, string key, string? value, string error)
    {
        world.PutClusterDataSource();
        world.Kubernetes.Edit<Secret>(World.Tenant, secret, new JsonObject { ["data"] = new JsonObject { [key] = value } });

        await world.ReconcileAsync();

        Assert.Equal(error, world.Status.Error);
    }

    [Fact]
    public async Task Does_not_take_a_failed_read_for_a_missing_Secret()
    {
        world.PutClusterDataSource();
        await world.ReconcileAsync();
        var before = world.Dsn("berlin-kine");
        world.Kubernetes.ForgetWrites();
        world.Kubernetes.OnRequest = (verb, _, name) =>
        {
            if (verb == "get" && name.Name == "berlin-kine")
            {
                throw new KubernetesApiException(HttpStatusCode.InternalServerError, "InternalError", "etcd is away");
            }
        };

        await Assert.ThrowsAsync<KubernetesApiException>(world.ReconcileAsync);

        Assert.Empty(world.Kubernetes.Writes);
        Assert.Equal(before, world.Dsn("berlin-kine"));
    }

    [Fact]
    public async Task Names_the_right_that_is_missing_when_a_Secret_may_not_be_read()
    {
        world.PutClusterDataSource();
        world.Kubernetes.OnRequest = (verb, _, name) =>
        {
            if (verb == "get" && name.Name == "db-admin")
            {
                throw new KubernetesApiException(HttpStatusCode.Forbidden, "Forbidden", "secrets is forbidden");
            }
        };

        await world.ReconcileAsync();

        Assert.StartsWith("SecretForbidden: the controller may not read Secret tenant/db-admin", world.Status.Error, StringComparison.Ordinal);
    }

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
    public async Task Shows_a_refusal_and_takes_ready_away_but_keeps_the_names_of_the_Secrets()
    {
        world.PutClusterDataSource();
        await world.ReconcileAsync();
        world.Postgres.Outcome = new ProvisioningOutcome.Refused("NameConflict", "somebody else's");

        var result = await world.ReconcileAsync();

        Assert.InRange(result.RequeueAfter!.Value, TimeSpan.FromSeconds(0.5), RetryDelays.Maximum);
        Assert.Equal(
            new ClusterDataSourceStatus
            {
                Ready = false,
                Error = "NameConflict: somebody else's",
                ObservedGeneration = 1,
                KineDataSourceSecret = "berlin-kine",
                CaSecret = "berlin-kine-ca",
            },
            world.Status);
    }

    [Fact]
    public async Task Stays_ready_through_a_failure_that_may_pass_and_writes_it_once()
    {
        world.PutClusterDataSource();
        await world.ReconcileAsync();
        world.Postgres.Failure = new TimeoutException();
        await world.ReconcileAsync();
        world.Kubernetes.ForgetWrites();

        await world.ReconcileAsync();

        Assert.True(world.Status.Ready);
        Assert.NotNull(world.Status.Error);
        Assert.Empty(world.Kubernetes.Writes);

        world.Postgres.Failure = null;
        await world.ReconcileAsync();
        Assert.True(world.Status is { Ready: true, Error: null });
    }

    [Fact]
    public async Task Is_not_ready_for_a_new_spec_that_cannot_be_reached_yet()
    {
        world.PutClusterDataSource();
        await world.ReconcileAsync();
        world.PointTo("restored");
        world.Postgres.Failure = new TimeoutException();

        await world.ReconcileAsync();

        Assert.True(world.Status is { Ready: false, ObservedGeneration: 2, KineDataSourceSecret: "berlin-kine" });
    }

    [Fact]
    public async Task Comes_back_soon_and_silently_while_somebody_else_works_on_the_database()
    {
        world.PutClusterDataSource();
        world.Postgres.Outcome = new ProvisioningOutcome.Busy();

        var result = await world.ReconcileAsync();

        Assert.Equal(ClusterDataSourceReconciler.BusyDelay, result.RequeueAfter);
        Assert.Null(world.Stored.Status);
    }

    [Fact]
    public async Task Publishes_nothing_about_an_object_that_changed_meanwhile()
    {
        world.PutClusterDataSource();
        var raced = false;
        world.Kubernetes.OnRequest = (verb, _, _) =>
        {
            if (verb == "patch status of" && !raced)
            {
                raced = true;
                world.PointTo("restored");
            }
        };

        var exception = await Assert.ThrowsAsync<KubernetesApiException>(world.ReconcileAsync);

        Assert.True(exception.IsConflict);
        Assert.Null(world.Stored.Status);
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
