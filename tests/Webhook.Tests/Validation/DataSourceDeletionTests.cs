using System.Net;
using Provisioning.Kubernetes;
using Provisioning.Resources;
using Webhook.Admission;

namespace Webhook.Tests.Validation;

public sealed class DataSourceDeletionTests
{
    [Fact]
    public async Task Allows_a_DataSource_to_go_that_nothing_uses()
    {
        using var host = new ValidationHost(InKcmSystem()
            .Add(Deployment("kcm-system", "other", "another-postgresql"))
            .Add(Deployment("team-a", "namesake-elsewhere", "example-postgresql"))
            .Add(Deployment("kcm-system", "etcd", null)));

        Assert.IsType<AdmissionDecision.Allowed>(await host.DecideAsync("datasource-delete"));
    }

    [Theory]
    [InlineData("datasource-delete")]
    [InlineData("datasource-delete-dry-run")]
    public async Task Refuses_while_a_ClusterDeployment_uses_it(string review)
    {
        using var host = new ValidationHost(InKcmSystem().Add(Deployment("kcm-system", "prod", "example-postgresql")));

        Assert.Equal(
            ["metadata.name: Forbidden: in use by ClusterDeployment prod; delete that first, or let it refer to another DataSource"],
            (await host.DecideAsync(review)).Causes());
    }

    [Fact]
    public async Task Names_up_to_five_users_and_a_cluster_once()
    {
        var cluster = InKcmSystem();
        foreach (var index in Enumerable.Range(1, 6))
        {
            cluster.Add(Deployment("kcm-system", $"c{index}", "example-postgresql")).Add(DataSourceOf("kcm-system", $"c{index}", "example-postgresql"));
        }

        cluster.Add(DataSourceOf("kcm-system", "a-left-over", "example-postgresql"));
        using var host = new ValidationHost(cluster);

        Assert.StartsWith(
            "metadata.name: Forbidden: in use by ClusterDataSource a-left-over, ClusterDeployment c1, ClusterDeployment c2, ClusterDeployment c3, ClusterDeployment c4 and 2 more;",
            Assert.Single((await host.DecideAsync("datasource-delete")).Causes()),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Finds_a_user_on_the_last_page()
    {
        var cluster = InKcmSystem();
        cluster.PageSize = 2;
        foreach (var index in Enumerable.Range(1, 5))
        {
            cluster.Add(Deployment("kcm-system", $"c{index}", index == 5 ? "example-postgresql" : null));
        }

        using var host = new ValidationHost(cluster);

        Assert.Single((await host.DecideAsync("datasource-delete")).Causes());
        Assert.Equal(3, cluster.Calls.Count(call => call == "LIST clusterdeployments kcm-system"));
    }

    [Fact]
    public async Task Takes_the_name_from_the_object_when_a_whole_collection_goes()
    {
        using var host = new ValidationHost(InKcmSystem().Add(Deployment("kcm-system", "prod", "example-postgresql")));

        Assert.Single((await host.DecideAsync("datasource-delete", request => request["name"] = "")).Causes());
    }

    [Fact]
    public async Task Allows_it_when_the_whole_namespace_goes()
    {
        var terminating = new Namespace { Metadata = new ObjectMeta { Name = "kcm-system" }, Status = new NamespaceStatus { Phase = "Terminating" } };
        using var host = new ValidationHost(new InMemoryCluster().Add(terminating).Add(Deployment("kcm-system", "prod", "example-postgresql")));
        using var gone = new ValidationHost(new InMemoryCluster().Add(Deployment("kcm-system", "prod", "example-postgresql")));

        Assert.IsType<AdmissionDecision.Allowed>(await host.DecideAsync("datasource-delete"));
        Assert.IsType<AdmissionDecision.Allowed>(await gone.DecideAsync("datasource-delete"));
    }

    [Fact]
    public async Task Allows_it_where_k0rdents_kinds_do_not_exist()
    {
        using var host = new ValidationHost(InKcmSystem());
        host.Cluster.Failures["clusterdeployments"] = new KubernetesApiException(HttpStatusCode.NotFound, "", "404 page not found") { IsUnknownKind = true };

        Assert.IsType<AdmissionDecision.Allowed>(await host.DecideAsync("datasource-delete"));
    }

    [Theory]
    [InlineData("clusterdeployments")]
    [InlineData("clusterdatasources")]
    [InlineData("namespaces")]
    public async Task Never_lets_it_go_because_the_API_server_did_not_answer(string plural)
    {
        using var host = new ValidationHost(InKcmSystem().Add(Deployment("kcm-system", "prod", "example-postgresql")));
        host.Cluster.Failures[plural] = InMemoryCluster.Error(HttpStatusCode.InternalServerError);

        (await host.DecideAsync("datasource-delete")).IsUnavailable();
    }

    [Fact]
    public async Task A_second_deletion_of_an_object_that_is_being_deleted_costs_nothing()
    {
        using var host = new ValidationHost(InKcmSystem().Add(Deployment("kcm-system", "prod", "example-postgresql")));

        var decision = await host.DecideAsync("datasource-delete", request => request["oldObject"]!["metadata"]!["deletionTimestamp"] = "2026-11-21T01:33:00Z");

        decision.IsUnruled("being-deleted");
        Assert.Empty(host.Cluster.Calls);
    }

    [Fact]
    public async Task A_tenant_may_delete_what_nothing_uses_without_a_right_to_its_Secrets()
    {
        using var host = new ValidationHost(new InMemoryCluster());

        Assert.IsType<AdmissionDecision.Allowed>(await host.DecideAsync("datasource-delete-by-tenant"));
        Assert.Empty(host.Cluster.AccessReviews);
    }

    private static InMemoryCluster InKcmSystem() =>
        new InMemoryCluster().Add(new Namespace { Metadata = new ObjectMeta { Name = "kcm-system" }, Status = new NamespaceStatus { Phase = "Active" } });

    private static ClusterDeployment Deployment(string inNamespace, string name, string? dataSource) => new()
    {
        Metadata = new ObjectMeta { Namespace = inNamespace, Name = name },
        Spec = new ClusterDeploymentSpec { DataSource = dataSource },
    };

    private static ClusterDataSource DataSourceOf(string inNamespace, string name, string dataSource) => new()
    {
        Metadata = new ObjectMeta { Namespace = inNamespace, Name = name },
        Spec = new ClusterDataSourceSpec { DataSource = dataSource, Schema = "x" },
    };
}
