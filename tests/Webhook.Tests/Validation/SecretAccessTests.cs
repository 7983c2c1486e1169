using System.Net;
using Provisioning.Kubernetes;
using Provisioning.Resources;
using Webhook.Admission;

namespace Webhook.Tests.Validation;

/// <summary>Whoever names a Secret must be able to read it.</summary>
public sealed class SecretAccessTests
{
    private const string Attack = "datasource-create-by-tenant-naming-a-foreign-secret";
    private const string Tenant = "system:serviceaccount:team-a:dev";

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

    private static InMemoryCluster Granted() =>
        new InMemoryCluster().Grant("admin", "kcm-system", "auth-secret").Grant("admin", "kcm-system", "db-ca-secret");
}
