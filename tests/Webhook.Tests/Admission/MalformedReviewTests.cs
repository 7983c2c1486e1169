using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Webhook.Tests.Hosting;

namespace Webhook.Tests.Admission;

/// <summary>What is no review is never answered by one.</summary>
public sealed class MalformedReviewTests : AdmissionServerTests
{
    public static TheoryData<string, string> Garbage => new()
    {
        { "", "not valid JSON" },
        { " ", "not valid JSON" },
        { "{", "not valid JSON" },
        { "[]", "must be an object" },
        { "null", "must be an object" },
        { "5", "must be an object" },
        { "{}", "kind must be AdmissionReview" },
        { """{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1"}""", "request is missing" },
        { """{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":null}""", "request is missing" },
        { """{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":[]}""", "request must be an object" },
        { """{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{}}""", "request.uid is missing" },
        { Change(review => review["kind"] = "Status"), "kind must be AdmissionReview" },
        { Change(review => review["kind"] = 1), "kind must be a string" },
        { Change(review => review["apiVersion"] = "admission.k8s.io/v1beta1"), "apiVersion must be admission.k8s.io/v1" },
        { Change(review => review["request"]!["uid"] = ""), "request.uid is missing" },
        { Change(review => review["request"]!["uid"] = null), "request.uid is missing" },
        { Change(review => review["request"]!["uid"] = 7), "request.uid must be a string" },
        { Change(review => review["request"]!["operation"] = "create"), "request.operation must be" },
        { Change(review => review["request"]!["object"] = null), "request.object is missing" },
        { Change(review => review["request"]!["object"] = "text"), "request.object must be an object" },
        { Change(review => review["request"]!["operation"] = "DELETE"), "request.oldObject is missing" },
        { Change(review => review["request"]!["operation"] = "UPDATE"), "request.oldObject is missing" },
        { Change(review => review["request"]!.AsObject().Remove("resource")), "request.resource is missing" },
        { Change(review => review["request"]!.AsObject().Remove("kind")), "request.kind is missing" },
        { Change(review => review["request"]!["dryRun"] = "yes"), "request.dryRun must be a boolean" },
        { Change(review => review["request"]!["userInfo"]!["groups"] = new JsonArray(1)), "request.userInfo.groups must hold strings" },
        { Change(_ => { }) + "{}", "not valid JSON" },
        { Change(_ => { }).Replace("\"uid\":", "\"uid\":\"twice\",\"uid\":", StringComparison.Ordinal), "request.uid is there twice" },
        { Change(_ => { }).Replace("\"username\":\"admin\"", "\"username\":\"\\ud800\"", StringComparison.Ordinal), "not valid Unicode" },
    };

    [Theory]
    [MemberData(nameof(Garbage))]
    public async Task Refuses_what_is_no_review_with_400_and_says_why(string body, string reason)
    {
        using var answer = await Client.PostAsync("/validate", WebhookServer.Json(body));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("text/plain", answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains(reason, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(Seen);
    }

    [Fact]
    public async Task Refuses_bytes_that_are_not_UTF8_inside_the_object()
    {
        var body = Encoding.UTF8.GetBytes(Change(_ => { }));
        body[body.AsSpan().IndexOf("postgresql"u8)] = 0xff;
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");

        using var answer = await Client.PostAsync("/validate", content);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }
}
