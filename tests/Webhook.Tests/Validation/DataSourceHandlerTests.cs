using System.Net;
using System.Text.Json.Nodes;
using Provisioning.Kubernetes;
using Provisioning.Resources;
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
    public async Task Refuses_the_recorded_attack_with_one_cause_per_reference()
    {
        using var host = new ValidationHost(new InMemoryCluster().Grant(Tenant, "team-a", "auth-secret"));

        var decision = await host.DecideAsync(Attack);

        Assert.Equal(
            [
                $"spec.auth.username: Forbidden: user \"{Tenant}\" cannot get Secret kcm-system/auth-secret",
                $"spec.auth.password: Forbidden: user \"{Tenant}\" cannot get Secret kcm-system/auth-secret",
                $"spec.certificateAuthority: Forbidden: user \"{Tenant}\" cannot get Secret kcm-system/db-ca-secret",
            ],
            decision.Causes());
        Assert.Equal(
            "spec.auth.username:FieldValueForbidden,spec.auth.password:FieldValueForbidden,spec.certificateAuthority:FieldValueForbidden",
            decision.AuditAnnotations["violations"]);
    }

    [Fact]
    public async Task Says_the_same_whether_the_Secret_exists_or_not_and_never_reads_one()
    {
        using var without = new ValidationHost(new InMemoryCluster());
        using var with = new ValidationHost(new InMemoryCluster()
            .Add(new Secret { Metadata = new ObjectMeta { Namespace = "kcm-system", Name = "auth-secret" } })
            .Add(new Secret { Metadata = new ObjectMeta { Namespace = "kcm-system", Name = "db-ca-secret" } }));

        var (one, other) = (await without.DecideAsync(Attack), await with.DecideAsync(Attack));

        Assert.Equal(one.Causes(), other.Causes());
        Assert.Equal(one.AuditAnnotations, other.AuditAnnotations);
        Assert.Equal(without.Cluster.Calls, with.Cluster.Calls);
        Assert.DoesNotContain(with.Cluster.Calls, call => call.Contains(" secrets", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Asks_once_per_Secret_with_the_user_passed_on_unchanged()
    {
        using var host = new ValidationHost(Granted());

        await host.DecideAsync("datasource-create", request => request["userInfo"]!["uid"] = "42");

        Assert.Equal(
            ["kcm-system/auth-secret", "kcm-system/db-ca-secret"],
            host.Cluster.AccessReviews.Select(review => $"{review.Spec!.ResourceAttributes.Namespace}/{review.Spec.ResourceAttributes.Name}").Order(StringComparer.Ordinal));
        var spec = host.Cluster.AccessReviews[0].Spec!;
        Assert.Equal(("admin", "42"), (spec.User, spec.Uid));
        Assert.Equal(["system:masters", "system:authenticated"], spec.Groups);
        Assert.Equal(
            ["X509SHA256=0f225ab61af2a2405c009604a035e561f2cc499662b7575b7c9b11c553f260f0"], spec.Extra!["authentication.kubernetes.io/credential-id"]);
        Assert.Equal(("get", "secrets"), (spec.ResourceAttributes.Verb, spec.ResourceAttributes.Resource));
    }

    [Fact]
    public async Task An_empty_namespace_means_the_objects_own_and_is_checked_too()
    {
        using var host = new ValidationHost(new InMemoryCluster());

        var decision = await host.DecideAsync(Attack, request =>
        {
            request["object"]!["spec"]!["auth"]!["username"]!["namespace"] = "";
            request["object"]!["spec"]!["auth"]!["password"]!.AsObject().Remove("namespace");
            request["object"]!["spec"]!.AsObject().Remove("certificateAuthority");
        });

        Assert.Equal(
            [
                $"spec.auth.username: Forbidden: user \"{Tenant}\" cannot get Secret team-a/auth-secret",
                $"spec.auth.password: Forbidden: user \"{Tenant}\" cannot get Secret team-a/auth-secret",
            ],
            decision.Causes());
        Assert.Single(host.Cluster.AccessReviews);
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
        Assert.Single(host.Cluster.AccessReviews);
        Assert.DoesNotContain(host.Log.Lines, line => line.Contains("hunter2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Warn_allows_and_says_what_enforcing_would_refuse()
    {
        using var host = new ValidationHost(new InMemoryCluster(), null, ("Authorization:SecretAccess", "Warn"));

        var decision = await host.DecideAsync(Attack);

        Assert.Equal(3, Assert.IsType<AdmissionDecision.Allowed>(decision).Warnings.Count);
        Assert.Equal($"spec.auth.username: Forbidden: user \"{Tenant}\" cannot get Secret kcm-system/auth-secret", decision.Warnings[0]);
    }

    [Fact]
    public async Task Off_asks_nothing()
    {
        using var host = new ValidationHost(new InMemoryCluster(), null, ("Authorization:SecretAccess", "Off"));

        Assert.IsType<AdmissionDecision.Allowed>(await host.DecideAsync(Attack));
        Assert.Empty(host.Cluster.Calls);
    }

    public static TheoryData<Exception> Unanswered { get; } =
    [
        InMemoryCluster.Error(HttpStatusCode.Forbidden),
        InMemoryCluster.Error(HttpStatusCode.TooManyRequests),
        InMemoryCluster.Error(HttpStatusCode.InternalServerError),
        InMemoryCluster.Error(HttpStatusCode.NotFound),
        new HttpRequestException("refused"),
        new IOException("reset"),
        new TaskCanceledException("the client's own timeout"),
    ];

    [Theory]
    [MemberData(nameof(Unanswered))]
    public async Task Without_an_answer_about_a_Secret_nothing_is_allowed_and_trying_again_is_asked_for(Exception failure)
    {
        using var host = new ValidationHost(Granted());
        host.Cluster.Failures["subjectaccessreviews"] = failure;

        (await host.DecideAsync("datasource-create")).IsUnavailable();
        Assert.Contains(host.Log.Lines, line => line.StartsWith("Warning 1101 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_mistake_is_refused_also_when_the_Secrets_cannot_be_asked_about()
    {
        using var host = new ValidationHost(Granted());
        host.Cluster.Failures["subjectaccessreviews"] = InMemoryCluster.Error(HttpStatusCode.ServiceUnavailable);

        var decision = await host.DecideAsync("datasource-create", request => request["object"]!["spec"]!["type"] = "mysql");

        Assert.Single(decision.Causes());
    }

    [Fact]
    public async Task The_end_of_the_requests_time_ends_the_questions()
    {
        using var host = new ValidationHost(new InMemoryCluster());
        host.Cluster.Hanging.Add("subjectaccessreviews");
        using var deadline = new CancellationTokenSource();

        var deciding = host.DecideAsync(ValidationHost.Request("datasource-create"), deadline.Token).AsTask();
        await deadline.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => deciding);
    }

    [Theory]
    [InlineData("datasource-create-dry-run")]
    [InlineData("datasource-create-generate-name")]
    public async Task A_dry_run_and_a_generated_name_are_judged_like_any_other(string review)
    {
        using var host = new ValidationHost(new InMemoryCluster());

        Assert.NotEmpty((await host.DecideAsync(review)).Causes());
    }

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
