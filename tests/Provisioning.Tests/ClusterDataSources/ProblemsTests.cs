using System.Net;
using System.Text.Json.Nodes;
using Provisioning.ClusterDataSources;
using Provisioning.Kubernetes;
using Provisioning.Postgres;
using Provisioning.Resources;

namespace Provisioning.Tests.ClusterDataSources;

/// <summary>What is shown when something is missing, wrong or away, and what stays.</summary>
public sealed class ProblemsTests
{
    private readonly World world = new();

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
    [InlineData("db-ca", "root.pem", "bm8gY2VydGlmaWNhdGU=", "CertificateAuthorityInvalid: the value that spec.certificateAuthority of DataSource tenant/main (Secret tenant/db-ca, key \"root.pem\") names is not a list of PEM certificates")]
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

        Assert.Equal(CloserLook.BusyDelay, result.RequeueAfter);
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
}
