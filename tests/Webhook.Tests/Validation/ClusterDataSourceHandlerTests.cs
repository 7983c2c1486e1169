using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Provisioning.Kubernetes;
using Provisioning.Reconciliation;
using Provisioning.Resources;
using Webhook.Admission;

namespace Webhook.Tests.Validation;

public sealed class ClusterDataSourceHandlerTests
{
    private const string Schema = "kcm_system_cluster_name_9fvwr";

    [Fact]
    public async Task Allows_what_kcm_creates_and_what_happens_to_it_later()
    {
        using var host = new ValidationHost(new InMemoryCluster().Add(Server("kcm-system", "example-postgresql", "172.19.115.87:5432")));

        Assert.Empty(Assert.IsType<AdmissionDecision.Allowed>(await host.DecideAsync("clusterdatasource-create")).Warnings);
        (await host.DecideAsync("clusterdatasource-update-finalizer-removed")).IsUnruled("being-deleted");
        (await host.DecideAsync("clusterdatasource-delete")).IsUnruled("none");
    }

    [Fact]
    public async Task Warns_about_a_DataSource_that_does_not_exist_yet()
    {
        using var host = new ValidationHost(new InMemoryCluster());

        var decision = await host.DecideAsync("clusterdatasource-create");

        Assert.Equal(
            ["spec.dataSource: DataSource example-postgresql does not exist yet; nothing is provisioned until it does"],
            Assert.IsType<AdmissionDecision.Allowed>(decision).Warnings);
    }

    [Fact]
    public async Task Refuses_a_schema_of_another_cluster()
    {
        using var host = new ValidationHost(new InMemoryCluster());

        var decision = await host.DecideAsync("clusterdatasource-create", request => request["object"]!["spec"]!["schema"] = "team_b_prod_12345");

        Assert.Equal(
            ["spec.schema: Invalid value: \"team_b_prod_12345\": must begin with kcm_system_cluster_name, the namespace and the name of the cluster"],
            decision.Causes());
    }

    [Theory]
    [InlineData("172.19.115.87:5432", true)]
    [InlineData("[::ffff:172.19.115.87]:5432", true)]
    [InlineData("172.19.115.88:5432", false)]
    public async Task Refuses_a_schema_that_another_has_on_the_same_server_in_whatever_namespace(string endpoint, bool isTaken)
    {
        using var host = new ValidationHost(new InMemoryCluster()
            .Add(Server("kcm-system", "example-postgresql", "172.19.115.87:5432"))
            .Add(Server("kcm", "pg", "pg.example.com:5432", endpoint))
            .Add(Other("kcm", "system-cluster-name", "pg", Schema)));

        var decision = await host.DecideAsync("clusterdatasource-create");

        if (isTaken)
        {
            Assert.Equal(
                [$"spec.schema: Duplicate value: \"{Schema}\": another ClusterDataSource of the same server has a database of this name"], decision.Causes());
        }
        else
        {
            Assert.IsType<AdmissionDecision.Allowed>(decision);
        }
    }

    [Fact]
    public async Task Reads_the_informers_once_they_know_everything()
    {
        var cluster = new InMemoryCluster().Add(Server("kcm-system", "example-postgresql", "172.19.115.87:5432"));
        var clusterDataSources = new FixedCache<ClusterDataSource>(Other("kcm-system", "twin", "example-postgresql", Schema));
        var dataSources = new FixedCache<DataSource>();
        using var host = new ValidationHost(cluster, services => services
            .AddSingleton<IResourceCache<ClusterDataSource>>(clusterDataSources).AddSingleton<IResourceCache<DataSource>>(dataSources));

        Assert.IsType<AdmissionDecision.Allowed>(await host.DecideAsync("clusterdatasource-create"));
        Assert.Contains("LIST clusterdatasources *", cluster.Calls);

        cluster.Calls.Clear();
        (clusterDataSources.HasSynced, dataSources.HasSynced) = (true, true);
        Assert.Single((await host.DecideAsync("clusterdatasource-create")).Causes());
        Assert.Equal(["GET datasources kcm-system/example-postgresql"], cluster.Calls);
    }

    [Theory]
    [InlineData("datasources")]
    [InlineData("clusterdatasources")]
    public async Task Never_allows_because_the_API_server_did_not_answer(string plural)
    {
        using var host = new ValidationHost(new InMemoryCluster().Add(Server("kcm-system", "example-postgresql", "172.19.115.87:5432")));
        host.Cluster.Failures[plural] = InMemoryCluster.Error(HttpStatusCode.ServiceUnavailable);

        (await host.DecideAsync("clusterdatasource-create")).IsUnavailable();
    }

    [Fact]
    public async Task Follows_to_a_restored_server_also_with_a_schema_from_before_the_rules()
    {
        using var host = new ValidationHost(new InMemoryCluster().Add(Server("kcm-system", "restore-ds", "10.0.0.9:5432")));

        var decision = await host.DecideAsync("clusterdatasource-update-finalizer-removed", request =>
        {
            request["object"]!["metadata"]!.AsObject().Remove("deletionTimestamp");
            request["object"]!["spec"]!["dataSource"] = "restore-ds";
            request["object"]!["spec"]!["schema"] = "OLD";
            request["oldObject"]!["spec"]!["schema"] = "OLD";
        });

        Assert.Empty(Assert.IsType<AdmissionDecision.Allowed>(decision).Warnings);
    }

    [Fact]
    public async Task An_empty_schema_from_before_the_rules_is_nobodys_database()
    {
        using var host = new ValidationHost(new InMemoryCluster()
            .Add(Server("kcm-system", "restore-ds", "10.0.0.9:5432"))
            .Add(Other("kcm-system", "twin", "restore-ds", "")));

        var decision = await host.DecideAsync("clusterdatasource-update-finalizer-removed", request =>
        {
            request["object"]!["metadata"]!.AsObject().Remove("deletionTimestamp");
            request["object"]!["spec"]!["dataSource"] = "restore-ds";
            request["object"]!["spec"]!["schema"] = "";
            request["oldObject"]!["spec"]!["schema"] = "";
        });

        Assert.IsType<AdmissionDecision.Allowed>(decision);
    }

    [Fact]
    public async Task Refuses_another_schema_and_a_malformed_DataSource_together()
    {
        using var host = new ValidationHost(new InMemoryCluster());

        var decision = await host.DecideAsync("clusterdatasource-update-finalizer-removed", request =>
        {
            request["object"]!["metadata"]!.AsObject().Remove("deletionTimestamp");
            request["object"]!["spec"]!["dataSource"] = "";
            request["object"]!["spec"]!["schema"] = "kcm_system_cluster_name_other";
        });

        Assert.Equal(
            ["spec.dataSource: Required value", "spec.schema: Invalid value: \"kcm_system_cluster_name_other\": field is immutable"], decision.Causes());
    }

    [Fact]
    public async Task Refuses_a_status_written_by_anybody_but_the_controller()
    {
        using var host = new ValidationHost(new InMemoryCluster());

        Assert.Equal(
            ["status: Forbidden: user \"admin\" may not write the status of a ClusterDataSource; only its controller may"],
            (await host.DecideAsync("clusterdatasource-status-update")).Causes());
    }

    [Fact]
    public async Task Allows_a_status_written_by_this_process_itself_and_asks_who_that_is_once()
    {
        using var host = new ValidationHost(new InMemoryCluster { Self = "admin" });

        Assert.IsType<AdmissionDecision.Allowed>(await host.DecideAsync("clusterdatasource-status-update"));
        Assert.IsType<AdmissionDecision.Allowed>(await host.DecideAsync("clusterdatasource-status-update"));
        Assert.Equal(["CREATE selfsubjectreviews"], host.Cluster.Calls);
    }

    [Fact]
    public async Task Allows_a_status_written_by_a_configured_user_without_asking()
    {
        using var host = new ValidationHost(new InMemoryCluster(), null, ("Admission:StatusWriters:0", "x"), ("Admission:StatusWriters:1", "admin"));

        Assert.IsType<AdmissionDecision.Allowed>(await host.DecideAsync("clusterdatasource-status-update"));
        Assert.Empty(host.Cluster.Calls);
    }

    [Fact]
    public async Task A_user_without_a_name_is_never_the_process_that_does_not_know_its_own()
    {
        using var host = new ValidationHost(new InMemoryCluster { Self = "" });

        Assert.Single((await host.DecideAsync("clusterdatasource-status-update", request => request["userInfo"]!["username"] = "")).Causes());
    }

    [Fact]
    public async Task Not_knowing_who_it_is_the_process_allows_no_status_and_asks_again()
    {
        using var host = new ValidationHost(new InMemoryCluster { Self = "admin" });
        host.Cluster.Failures["selfsubjectreviews"] = InMemoryCluster.Error(HttpStatusCode.InternalServerError);

        (await host.DecideAsync("clusterdatasource-status-update")).IsUnavailable();
        host.Cluster.Failures.Clear();
        Assert.IsType<AdmissionDecision.Allowed>(await host.DecideAsync("clusterdatasource-status-update"));
    }

    [Fact]
    public async Task A_status_update_that_changes_no_status_is_nobodys_business()
    {
        using var host = new ValidationHost(new InMemoryCluster());

        var decision = await host.DecideAsync(
            "clusterdatasource-status-update", request => request["oldObject"]!["status"] = request["object"]!["status"]!.DeepClone());

        decision.IsUnruled("unchanged");
    }

    [Fact]
    public async Task A_status_is_guarded_also_while_the_object_is_being_deleted()
    {
        using var host = new ValidationHost(new InMemoryCluster());

        var decision = await host.DecideAsync(
            "clusterdatasource-status-update", request => request["object"]!["metadata"]!["deletionTimestamp"] = "2026-11-21T01:33:00Z");

        Assert.Single(decision.Causes());
    }

    private static DataSource Server(string inNamespace, string name, params string[] endpoints) => new()
    {
        Metadata = new ObjectMeta { Namespace = inNamespace, Name = name },
        Spec = new DataSourceSpec { Type = "postgresql", Endpoints = endpoints },
    };

    private static ClusterDataSource Other(string inNamespace, string name, string dataSource, string schema) => new()
    {
        Metadata = new ObjectMeta { Namespace = inNamespace, Name = name },
        Spec = new ClusterDataSourceSpec { DataSource = dataSource, Schema = schema },
    };

    private sealed class FixedCache<T>(params T[] items) : IResourceCache<T>
        where T : Resource, IResource
    {
        public bool HasSynced { get; set; }

        public T? Get(NamespacedName key) => items.FirstOrDefault(item => item.Key == key);

        public IReadOnlyList<T> List(string? inNamespace) => [.. items.Where(item => inNamespace is null || item.Key.Namespace == inNamespace)];
    }
}
