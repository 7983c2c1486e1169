using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Webhook.Admission;
using Webhook.Tests.Hosting;

namespace Webhook.Tests.Admission;

/// <summary>What the contract of a webhook asks, through the real HTTPS endpoint.</summary>
public sealed class AdmissionConformanceTests : AdmissionServerTests
{
    public static TheoryData<string> RecordedReviews => new(Reviews.Names);

    [Theory]
    [MemberData(nameof(RecordedReviews))]
    public async Task Answers_every_recorded_review_with_its_uid(string name)
    {
        var path = name.StartsWith("helmrelease", StringComparison.Ordinal) ? "/mutate" : "/validate";

        var response = await ReviewAsync(Reviews.ReadText(name), path);

        Assert.True((bool)response["allowed"]!);
        Assert.Equal((string)JsonNode.Parse(Reviews.Read(name))!["request"]!["uid"]!, (string)response["uid"]!);
        Assert.Equal("allowed", (string?)response["auditAnnotations"]!["decision"]);
        var request = Assert.Single(Seen);
        Assert.NotEmpty(request.Name);
        Assert.NotEmpty(request.Namespace);
        Assert.NotEmpty(request.UserInfo.Groups);
    }

    [Fact]
    public void Keeps_idle_connections_longer_than_the_API_server_does() => Assert.True(
        Server.App.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits.KeepAliveTimeout > TimeSpan.FromSeconds(90));

    [Fact]
    public async Task Takes_the_name_from_the_old_object_when_a_collection_is_deleted()
    {
        await ReviewAsync(Reviews.With("datasource-delete", review => review["request"]!["name"] = ""), "/validate");

        Assert.Equal((string)JsonNode.Parse(Reviews.Read("datasource-delete"))!["request"]!["name"]!, Assert.Single(Seen).Name);
    }

    [Fact]
    public async Task Names_an_object_without_a_name_by_its_prefix()
    {
        Decide = (_, _) => ValueTask.FromResult<AdmissionDecision>(new AdmissionDecision.Denied([new("FieldValueRequired", "Required value", "spec.type")]));
        var body = Reviews.With("datasource-create-generate-name", review =>
        {
            review["request"]!.AsObject().Remove("name");
            review["request"]!["object"]!["metadata"]!.AsObject().Remove("name");
        });

        var response = await ReviewAsync(body, "/validate");

        Assert.Equal(("", "pg-"), (Seen[0].Name, Seen[0].GenerateName));
        Assert.Equal("DataSource.k0rdent.mirantis.com \"pg-\" is invalid: spec.type: Required value", (string)response["status"]!["message"]!);
    }

    [Fact]
    public async Task Passes_on_who_asks_what_in_full()
    {
        await ReviewAsync(Reviews.ReadText("datasource-create-by-tenant-naming-a-foreign-secret"), "/validate");
        await ReviewAsync(Reviews.ReadText("clusterdatasource-status-update"), "/validate");
        await ReviewAsync(Reviews.ReadText("datasource-create-dry-run"), "/validate");

        var tenant = JsonNode.Parse(Reviews.Read("datasource-create-by-tenant-naming-a-foreign-secret"))!["request"]!["userInfo"]!;
        Assert.Equal((string)tenant["username"]!, Seen[0].UserInfo.Username);
        Assert.Equal(tenant["groups"]!.AsArray().Select(group => (string)group!), Seen[0].UserInfo.Groups);
        Assert.Equal(["authentication.kubernetes.io/credential-id"], Seen[1].UserInfo.Extra.Keys);
        Assert.Equal("status", Seen[1].SubResource);
        Assert.NotEqual(0, Seen[1].OldObject.Length);
        Assert.True(Seen[2].DryRun);
    }

    [Theory]
    [InlineData("/mutate", "datasource-create")]
    [InlineData("/validate", "helmrelease-create")]
    public async Task Denies_a_resource_that_the_endpoint_does_not_review(string path, string name)
    {
        var response = await ReviewAsync(Reviews.ReadText(name), path);

        Assert.False((bool)response["allowed"]!);
        Assert.Equal(403, (int)response["status"]!["code"]!);
        Assert.Contains($"{path} does not review", (string)response["status"]!["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_a_fault_with_the_uid_and_nothing_else_and_logs_it()
    {
        Decide = (_, _) => throw new InvalidOperationException("hunter2");

        using var answer = await Client.PostAsync("/validate", WebhookServer.Json(Reviews.ReadText("datasource-create")));

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Equal($"The webhook failed to decide. (review {Seen[0].Uid})\n", await answer.Content.ReadAsStringAsync());
        Assert.Contains(Server.Logs.Lines, line => line.Contains(Seen[0].Uid, StringComparison.Ordinal) && line.Contains("hunter2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Answers_a_failure_with_its_status_and_when_to_try_again()
    {
        Decide = (_, _) => ValueTask.FromResult<AdmissionDecision>(new AdmissionDecision.Failed(503, "The API server does not answer.", TimeSpan.FromSeconds(1)));

        using var answer = await Client.PostAsync("/validate", WebhookServer.Json(Reviews.ReadText("datasource-create")));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), answer.Headers.RetryAfter?.Delta);
    }

    [Fact]
    public async Task Answers_before_the_callers_timeout_when_a_handler_does_not_come_to_an_end()
    {
        Decide = async (_, cancellationToken) =>
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return new AdmissionDecision.Allowed();
        };

        using var answer = await Client.PostAsync("/validate?timeout=200ms", WebhookServer.Json(Reviews.ReadText("datasource-create")));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), answer.Headers.RetryAfter?.Delta);
    }
}
