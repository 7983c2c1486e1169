using System.Net;
using System.Text.Json.Nodes;
using Provisioning.Kubernetes;
using Provisioning.Resources;
using Webhook.Admission;

namespace Webhook.Tests.Validation;

public sealed class ClusterDeploymentHandlerTests
{
    private const string Missing = "spec.dataSource: DataSource example-postgresql does not exist yet; nothing is provisioned until it does";

    [Fact]
    public async Task Allows_a_cluster_whose_DataSource_exists()
    {
        using var host = new ValidationHost(With("example-postgresql"));

        Assert.Empty(Assert.IsType<AdmissionDecision.Allowed>(await host.DecideAsync("clusterdeployment-create")).Warnings);
    }

    [Fact]
    public async Task Warns_about_a_DataSource_that_does_not_exist_yet()
    {
        using var host = new ValidationHost(new InMemoryCluster());

        Assert.Equal([Missing], Assert.IsType<AdmissionDecision.Allowed>(await host.DecideAsync("clusterdeployment-create")).Warnings);
    }

    [Fact]
    public async Task Leaves_the_warning_out_when_nobody_can_tell()
    {
        using var host = new ValidationHost(new InMemoryCluster());
        host.Cluster.Failures["datasources"] = InMemoryCluster.Error(HttpStatusCode.InternalServerError);

        Assert.Empty(Assert.IsType<AdmissionDecision.Allowed>(await host.DecideAsync("clusterdeployment-create")).Warnings);
        Assert.Contains(host.Log.Lines, line => line.StartsWith("Warning 1100 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Lets_a_cluster_follow_to_a_restored_server()
    {
        using var host = new ValidationHost(With("restore-ds"));

        Assert.Empty(Assert.IsType<AdmissionDecision.Allowed>(await host.DecideAsync("clusterdeployment-update-datasource")).Warnings);
    }

    [Theory]
    [InlineData(true, "spec.dataSource: Forbidden: cannot be added to an existing cluster: its state is in etcd")]
    [InlineData(false, "spec.dataSource: Forbidden: cannot be removed from an existing cluster: its state is in that database")]
    public async Task Refuses_a_DataSource_that_is_added_or_removed_later(bool isAdded, string cause)
    {
        using var host = new ValidationHost(With("restore-ds"));

        var decision = await host.DecideAsync(
            "clusterdeployment-update-datasource", request => request[isAdded ? "oldObject" : "object"]!["spec"]!.AsObject().Remove("dataSource"));

        Assert.Equal([cause], decision.Causes());
        Assert.Empty(host.Cluster.Calls);
    }

    [Fact]
    public async Task Refuses_a_name_that_no_DataSource_can_have()
    {
        using var host = new ValidationHost(new InMemoryCluster());

        var decision = await host.DecideAsync("clusterdeployment-create", request => request["object"]!["spec"]!["dataSource"] = "postgres://u:p@h");

        Assert.StartsWith("spec.dataSource: Invalid value: \"<hidden>\": a lowercase RFC 1123 subdomain ", Assert.Single(decision.Causes()), StringComparison.Ordinal);
        Assert.Empty(host.Cluster.Calls);
    }

    [Fact]
    public async Task Looks_only_at_requests_that_touch_the_field()
    {
        using var host = new ValidationHost(new InMemoryCluster());

        (await host.DecideAsync("clusterdeployment-update-datasource", request => request["object"]!["spec"]!["dataSource"] = "example-postgresql")).IsUnruled("unchanged");
        (await host.DecideAsync("clusterdeployment-create", request => request["object"]!["spec"]!.AsObject().Remove("dataSource"))).IsUnruled("unchanged");
        (await host.DecideAsync("clusterdeployment-update-datasource", request => request["subResource"] = "status")).IsUnruled("none");
        (await host.DecideAsync("clusterdeployment-update-datasource", request =>
        {
            request["object"]!["metadata"]!["deletionTimestamp"] = "2026-11-21T01:33:00Z";
            request["object"]!["spec"]!.AsObject().Remove("dataSource");
        })).IsUnruled("being-deleted");
        Assert.Empty(host.Cluster.Calls);
    }

    [Fact]
    public async Task Reads_past_whatever_else_a_cluster_says_however_deep()
    {
        JsonNode deep = new JsonObject { ["n"] = 12345678901234567890m };
        for (var level = 0; level < 50; level++)
        {
            deep = new JsonObject { ["a"] = new JsonArray(deep) };
        }

        using var host = new ValidationHost(With("example-postgresql"));

        Assert.IsType<AdmissionDecision.Allowed>(await host.DecideAsync("clusterdeployment-create", request => request["object"]!["spec"]!["config"] = deep));
    }

    private static InMemoryCluster With(string dataSource) =>
        new InMemoryCluster().Add(new DataSource { Metadata = new ObjectMeta { Namespace = "kcm-system", Name = dataSource } });
}
