using System.Text.Json.Nodes;

namespace Webhook.Tests.Validation;

public sealed class DataSourceUpdateTests
{
    [Fact]
    public async Task An_update_of_labels_is_allowed_without_a_question()
    {
        using var host = new ValidationHost(new InMemoryCluster());

        (await host.DecideAsync("datasource-update-labels")).IsUnruled("unchanged");
        Assert.Empty(host.Cluster.Calls);
    }

    [Fact]
    public async Task An_update_of_an_object_that_broke_rules_before_they_came_is_allowed_as_long_as_the_spec_stays()
    {
        using var host = new ValidationHost(new InMemoryCluster());

        var decision = await host.DecideAsync("datasource-update-labels", request =>
        {
            request["object"]!["spec"]!["endpoints"] = new JsonArray("not an endpoint");
            request["oldObject"]!["spec"]!["endpoints"] = new JsonArray("not an endpoint");
        });

        decision.IsUnruled("unchanged");
    }

    [Fact]
    public async Task A_changed_spec_is_refused_and_only_the_changed_reference_is_asked_about()
    {
        using var host = new ValidationHost(new InMemoryCluster());

        var decision = await host.DecideAsync(
            "datasource-update-labels", request => request["object"]!["spec"]!["auth"]!["password"]!["name"] = "other-secret");

        Assert.Equal(
            [
                "spec: Forbidden: the spec cannot be changed; create another DataSource instead",
                "spec.auth.password: Forbidden: user \"admin\" cannot get Secret kcm-system/other-secret",
            ],
            decision.Causes());
        Assert.Single(host.Cluster.AccessReviews);
    }

    [Fact]
    public async Task Anything_is_allowed_on_an_object_that_is_being_deleted()
    {
        using var host = new ValidationHost(new InMemoryCluster());

        var decision = await host.DecideAsync("datasource-update-labels", request =>
        {
            request["object"]!["metadata"]!["deletionTimestamp"] = "2026-11-21T01:33:00Z";
            request["object"]!["spec"]!["type"] = "mysql";
        });

        decision.IsUnruled("being-deleted");
        Assert.Empty(host.Cluster.Calls);
    }
}
