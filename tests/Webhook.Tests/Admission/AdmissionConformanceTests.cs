using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Webhook.Admission;
using Webhook.Tests.Hosting;

namespace Webhook.Tests.Admission;

/// <summary>What the contract of a webhook asks, through the real HTTPS endpoint.</summary>
public sealed class AdmissionConformanceTests : IAsyncLifetime
{
    private readonly List<AdmissionRequest> seen = [];
    private Func<AdmissionRequest, CancellationToken, ValueTask<AdmissionDecision>> decide = (_, _) => ValueTask.FromResult<AdmissionDecision>(new AdmissionDecision.Allowed());
    private WebhookServer server = null!;
    private HttpClient client = null!;

    public async ValueTask InitializeAsync()
    {
        server = await WebhookServer.StartAsync(
            new ScriptedHandler("k0rdent.mirantis.com", "datasources", DecideAsync),
            new ScriptedHandler("k0rdent.mirantis.com", "clusterdatasources", DecideAsync),
            new ScriptedHandler("k0rdent.mirantis.com", "clusterdeployments", DecideAsync),
            new ScriptedMutation("helm.toolkit.fluxcd.io", "helmreleases", DecideAsync));
        client = server.CreateClient();
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await server.DisposeAsync();
    }

    public static TheoryData<string> RecordedReviews => new(Reviews.Names);

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
    [MemberData(nameof(RecordedReviews))]
    public async Task Answers_every_recorded_review_with_its_uid(string name)
    {
        var path = name.StartsWith("helmrelease", StringComparison.Ordinal) ? "/mutate" : "/validate";

        var response = await ReviewAsync(Reviews.ReadText(name), path);

        Assert.True((bool)response["allowed"]!);
        Assert.Equal((string)JsonNode.Parse(Reviews.Read(name))!["request"]!["uid"]!, (string)response["uid"]!);
        var request = Assert.Single(seen);
        Assert.NotEmpty(request.Name);
        Assert.NotEmpty(request.Namespace);
        Assert.NotEmpty(request.UserInfo.Groups);
    }

    [Theory]
    [MemberData(nameof(Garbage))]
    public async Task Refuses_what_is_no_review_with_400_and_says_why(string body, string reason)
    {
        using var answer = await client.PostAsync("/validate", WebhookServer.Json(body));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("text/plain", answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains(reason, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(seen);
    }

    [Fact]
    public async Task Refuses_bytes_that_are_not_UTF8_inside_the_object()
    {
        var body = Encoding.UTF8.GetBytes(Change(_ => { }));
        body[body.AsSpan().IndexOf("postgresql"u8)] = 0xff;
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");

        using var answer = await client.PostAsync("/validate", content);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    [InlineData("BREW")]
    public async Task Refuses_other_methods_with_405_and_names_the_right_one(string method)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "/mutate");

        using var answer = await client.SendAsync(request);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.Equal(["POST"], answer.Content.Headers.Allow);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/yaml")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/vnd.kubernetes.protobuf")]
    [InlineData(null)]
    public async Task Refuses_other_content_types_with_415(string? type)
    {
        using var content = new ByteArrayContent(Reviews.Read("datasource-create"));
        content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);

        using var answer = await client.PostAsync("/validate", content);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
    }

    [Fact]
    public async Task Accepts_the_content_type_with_the_charset_spelled_out()
    {
        var response = await ReviewAsync(Reviews.ReadText("datasource-create"), "/validate");

        Assert.True((bool)response["allowed"]!);
    }

    [Theory]
    [InlineData("soon")]
    [InlineData("-5s")]
    [InlineData("0s")]
    [InlineData("")]
    public async Task Refuses_a_timeout_that_is_none(string timeout)
    {
        using var answer = await client.PostAsync($"/validate?timeout={timeout}", WebhookServer.Json(Reviews.ReadText("datasource-create")));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task Passes_a_body_of_almost_7_MiB_and_an_object_900_levels_deep()
    {
        var deep = string.Concat(Enumerable.Repeat("{\"a\":", 900)) + "1" + new string('}', 900);
        var body = Change(review => review["request"]!["object"]!["deep"] = "DEEP")
            .Replace("\"DEEP\"", deep, StringComparison.Ordinal)
            .Replace("\"postgresql\"", $"\"{new string('x', (7 * 1024 * 1024) - 20000)}\"", StringComparison.Ordinal);

        var response = await ReviewAsync(body, "/validate");

        Assert.True((bool)response["allowed"]!);
        Assert.InRange(Assert.Single(seen).Object.Length, (7 * 1024 * 1024) - 20000, 7 * 1024 * 1024);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Refuses_a_longer_body_with_413_whether_announced_or_not(bool announced)
    {
        using var content = new ByteArrayContent(new byte[(7 * 1024 * 1024) + 1]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/validate") { Content = content };
        request.Headers.TransferEncodingChunked = !announced;
        request.Headers.ExpectContinue = true;

        using var answer = await client.SendAsync(request);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    [Fact]
    public async Task Takes_the_name_from_the_old_object_when_a_collection_is_deleted()
    {
        await ReviewAsync(Reviews.With("datasource-delete", review => review["request"]!["name"] = ""), "/validate");

        Assert.Equal((string)JsonNode.Parse(Reviews.Read("datasource-delete"))!["request"]!["name"]!, Assert.Single(seen).Name);
    }

    [Fact]
    public async Task Names_an_object_without_a_name_by_its_prefix()
    {
        decide = (_, _) => ValueTask.FromResult<AdmissionDecision>(new AdmissionDecision.Denied([new("FieldValueRequired", "Required value", "spec.type")]));
        var body = Reviews.With("datasource-create-generate-name", review =>
        {
            review["request"]!.AsObject().Remove("name");
            review["request"]!["object"]!["metadata"]!.AsObject().Remove("name");
        });

        var response = await ReviewAsync(body, "/validate");

        Assert.Equal(("", "pg-"), (seen[0].Name, seen[0].GenerateName));
        Assert.Equal("DataSource.k0rdent.mirantis.com \"pg-\" is invalid: spec.type: Required value", (string)response["status"]!["message"]!);
    }

    [Fact]
    public async Task Passes_on_who_asks_what_in_full()
    {
        await ReviewAsync(Reviews.ReadText("datasource-create-by-tenant-naming-a-foreign-secret"), "/validate");
        await ReviewAsync(Reviews.ReadText("clusterdatasource-status-update"), "/validate");
        await ReviewAsync(Reviews.ReadText("datasource-create-dry-run"), "/validate");

        var tenant = JsonNode.Parse(Reviews.Read("datasource-create-by-tenant-naming-a-foreign-secret"))!["request"]!["userInfo"]!;
        Assert.Equal((string)tenant["username"]!, seen[0].UserInfo.Username);
        Assert.Equal(tenant["groups"]!.AsArray().Select(group => (string)group!), seen[0].UserInfo.Groups);
        Assert.Equal(["authentication.kubernetes.io/credential-id"], seen[1].UserInfo.Extra.Keys);
        Assert.Equal("status", seen[1].SubResource);
        Assert.NotEqual(0, seen[1].OldObject.Length);
        Assert.True(seen[2].DryRun);
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
        decide = (_, _) => throw new InvalidOperationException("hunter2");

        using var answer = await client.PostAsync("/validate", WebhookServer.Json(Reviews.ReadText("datasource-create")));

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Equal($"The webhook failed to decide. (review {seen[0].Uid})\n", await answer.Content.ReadAsStringAsync());
        Assert.Contains(server.Logs.Lines, line => line.Contains(seen[0].Uid, StringComparison.Ordinal) && line.Contains("hunter2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Answers_a_failure_with_its_status_and_when_to_try_again()
    {
        decide = (_, _) => ValueTask.FromResult<AdmissionDecision>(new AdmissionDecision.Failed(503, "The API server does not answer.", TimeSpan.FromSeconds(1)));

        using var answer = await client.PostAsync("/validate", WebhookServer.Json(Reviews.ReadText("datasource-create")));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), answer.Headers.RetryAfter?.Delta);
    }

    [Fact]
    public async Task Answers_before_the_callers_timeout_when_a_handler_does_not_come_to_an_end()
    {
        decide = async (_, cancellationToken) =>
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return new AdmissionDecision.Allowed();
        };

        using var answer = await client.PostAsync("/validate?timeout=200ms", WebhookServer.Json(Reviews.ReadText("datasource-create")));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), answer.Headers.RetryAfter?.Delta);
    }

    [Fact]
    public async Task Cuts_off_a_body_that_does_not_come_to_an_end()
    {
        await using var stream = await server.ConnectAsync();
        await stream.WriteAsync("POST /validate?timeout=300ms HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{"u8.ToArray());
        using var reader = new StreamReader(stream);

        // The end of the stream is awaited: the connection is closed, not only answered.
        var answer = await reader.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 503", answer, StringComparison.Ordinal);
        Assert.Contains("Connection: close", answer, StringComparison.Ordinal);
        Assert.Empty(seen);
    }

    [Fact]
    public async Task Refuses_a_body_that_is_cut_short()
    {
        await using var stream = await server.ConnectAsync();
        await stream.WriteAsync("POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"kin\r\nzz\r\n"u8.ToArray());
        using var reader = new StreamReader(stream);

        var answer = await reader.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.Empty(seen);
    }

    [Fact]
    public async Task Speaks_HTTP2_too()
    {
        using var http2 = server.CreateClient(HttpVersion.Version20);

        using var answer = await http2.PostAsync("/validate", WebhookServer.Json(Reviews.ReadText("datasource-create")));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(HttpVersion.Version20, answer.Version);
    }

    private static string Change(Action<JsonObject> change) => Reviews.With("datasource-create", change);

    private ValueTask<AdmissionDecision> DecideAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        // The bytes are only valid while the request is handled.
        seen.Add(request with { Object = request.Object.ToArray(), OldObject = request.OldObject.ToArray() });
        using (JsonDocument.Parse(request.Object.IsEmpty ? request.OldObject : request.Object, new JsonDocumentOptions { MaxDepth = 2000 }))
        {
        }

        return decide(request, cancellationToken);
    }

    private async Task<JsonNode> ReviewAsync(string body, string path)
    {
        using var answer = await client.PostAsync($"{path}?timeout=30s", WebhookServer.Json(body));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
        var review = JsonNode.Parse(text)!;
        Assert.Equal("admission.k8s.io/v1", (string)review["apiVersion"]!);
        Assert.Equal("AdmissionReview", (string)review["kind"]!);
        return review["response"]!;
    }
}
