using System.Text.Json.Nodes;
using Webhook.Admission;

namespace Webhook.Tests.Validation;

public sealed class DataSourceHandlerTests
{
    private const string Attack = "datasource-create-by-tenant-naming-a-foreign-secret";
    private const string Tenant = "system:serviceaccount:team-a:dev";

    [Fact]
    public async Task Allows_the_documented_example_to_a_user_who_may_read_its_Secrets()
    {
        using var host = new ValidationHost(Granted());

        var decision = await host.DecideAsync("datasource-create");

        Assert.Empty(Assert.IsType<AdmissionDecision.Allowed>(decision).Warnings);
        Assert.Equal("passed", decision.AuditAnnotations["rules"]);
    }

    [Fact]
    public async Task Reports_every_mistake_together_with_forbidden_Secrets_and_asks_about_no_malformed_reference()
    {
        using var host = new ValidationHost(new InMemoryCluster());

        var decision = await host.DecideAsync(Attack, request =>
        {
            var spec = request["object"]!["spec"]!;
            spec["type"] = "mysql";
            spec["endpoints"] = new JsonArray("postgres://admin:hunter2@db:5432", "db:99999");
            spec["auth"]!["username"]!["name"] = "Not a name\n";
            spec["certificateAuthority"]!["name"] = "";
        });

        Assert.Collection(
            decision.Causes(),
            cause => Assert.Equal("spec.type: Unsupported value: \"mysql\": supported values: \"postgresql\"", cause),
            cause => Assert.Equal("spec.endpoints[0]: Invalid value: \"<hidden>\": must be host:port, without scheme, credentials or path", cause),
            cause => Assert.Equal("spec.endpoints[1]: Invalid value: \"db:99999\": port must be between 1 and 65535, inclusive", cause),
            cause => Assert.StartsWith("spec.auth.username.name: Invalid value: \"Not a name\\n\": a lowercase RFC 1123 subdomain ", cause, StringComparison.Ordinal),
            cause => Assert.Equal("spec.certificateAuthority.name: Required value", cause),
            cause => Assert.Equal($"spec.auth.password: Forbidden: user \"{Tenant}\" cannot get Secret kcm-system/auth-secret", cause));
        Assert.Empty(decision.Warnings);
        Assert.Single(host.Cluster.AccessReviews);
        Assert.DoesNotContain(host.Log.Lines, line => line.Contains("hunter2", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("datasource-create-dry-run")]
    [InlineData("datasource-create-generate-name")]
    public async Task A_dry_run_and_a_generated_name_are_judged_like_any_other(string review)
    {
        using var host = new ValidationHost(new InMemoryCluster());

        Assert.NotEmpty((await host.DecideAsync(review)).Causes());
    }

    [Theory]
    [InlineData("type", "[1]", "spec.type")]
    [InlineData("endpoints", "\"db:5432\"", "spec.endpoints")]
    [InlineData("endpoints", "[{\"host\":\"db\"}]", "spec.endpoints[0]")]
    [InlineData("auth", "[]", "spec.auth")]
    public async Task A_field_of_another_type_is_refused_by_its_path(string field, string json, string path)
    {
        using var host = new ValidationHost(Granted());

        var decision = await host.DecideAsync("datasource-create", request => request["object"]!["spec"]![field] = JsonNode.Parse(json));

        Assert.Equal([$"{path}: Invalid value: \"<hidden>\": cannot be read as a field of this kind"], decision.Causes());
    }

    [Fact]
    public async Task A_request_without_its_object_is_never_allowed()
    {
        using var host = new ValidationHost(Granted());
        var request = ValidationHost.Request("datasource-create") with { Object = default };

        Assert.IsType<AdmissionDecision.Denied>(await host.DecideAsync(request, CancellationToken.None));
    }

    [Fact]
    public async Task Warns_in_the_namespace_that_AccessManagement_copies_from_and_about_copies()
    {
        static void WithoutNamespace(JsonNode request) => request["object"]!["spec"]!["auth"]!["password"]!.AsObject().Remove("namespace");
        using var host = new ValidationHost(Granted());
        using var elsewhere = new ValidationHost(Granted(), null, ("Admission:SystemNamespace", "other"));
        const string Warning = "spec.auth.password.namespace: empty; a copy made by AccessManagement would look in its own namespace";

        Assert.Equal([Warning], (await host.DecideAsync("datasource-create", WithoutNamespace)).Warnings);
        Assert.Empty((await elsewhere.DecideAsync("datasource-create", WithoutNamespace)).Warnings);
        Assert.Equal([Warning], (await elsewhere.DecideAsync("datasource-create", request =>
        {
            WithoutNamespace(request);
            request["object"]!["metadata"]!["labels"] = new JsonObject { ["k0rdent.mirantis.com/managed"] = "true" };
        })).Warnings);
    }

    [Fact]
    public async Task The_policy_on_endpoints_follows_the_settings()
    {
        static void Loopback(JsonNode request) => request["object"]!["spec"]!["endpoints"] = new JsonArray("127.0.0.1:5432");
        using var strict = new ValidationHost(Granted());
        using var open = new ValidationHost(Granted(), null, ("Endpoints:AllowLoopback", "true"));
        using var inCluster = new ValidationHost(Granted(), null, ("KUBERNETES_SERVICE_HOST", "172.19.115.87"));

        Assert.Single((await strict.DecideAsync("datasource-create", Loopback)).Causes());
        Assert.IsType<AdmissionDecision.Allowed>(await open.DecideAsync("datasource-create", Loopback));
        Assert.Equal(
            ["spec.endpoints[0]: Invalid value: \"172.19.115.87:5432\": may not be the Kubernetes API server"],
            (await inCluster.DecideAsync("datasource-create")).Causes());
    }

    private static InMemoryCluster Granted() =>
        new InMemoryCluster().Grant("admin", "kcm-system", "auth-secret").Grant("admin", "kcm-system", "db-ca-secret");
}
