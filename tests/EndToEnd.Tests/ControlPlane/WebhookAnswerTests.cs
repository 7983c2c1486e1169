using System.Text;
using System.Text.Json.Nodes;

namespace EndToEnd.ConformanceTests;

/// <summary>What becomes of the answers of webhooks.</summary>
public sealed class WebhookAnswerTests(ConformanceFixture fixture) : WebhookTest(fixture)
{
    private const string Denied = "admission webhook \"validating.test.example.com\" denied the request";

    [Theory]
    [InlineData("""{"message":"no","code":422,"reason":"Invalid"}""", 422, "Invalid", Denied + ": no")]
    [InlineData("""{"message":"no"}""", 400, null, Denied + ": no")]
    [InlineData("""{"reason":"Forbidden","code":403}""", 403, "Forbidden", Denied + ": Forbidden")]
    [InlineData("""{"code":200}""", 400, null, Denied + " without explanation")]
    [InlineData("null", 400, null, Denied + " without explanation")]
    public async Task Gives_a_denial_to_the_user(string status, int code, string? reason, string message)
    {
        await InstallAsync();
        Webhook.Answer = (_, _, response) => Deny(response, status);
        var (actual, body, _) = await Api.SendAsync("POST", Collection, Widgets.Json("a"));

        Assert.Equal(code, actual);
        Assert.Equal(reason, Text(body, "reason"));
        Assert.Equal(message, Text(body, "message"));
        Assert.Equal("Failure", Text(body, "status"));
        Assert.Equal(404, (await Api.SendAsync("GET", $"{Collection}/a")).Code);
    }

    [Fact]
    public async Task Shows_the_causes_of_a_denial_through_kubectl()
    {
        await InstallAsync();
        Webhook.Answer = (_, _, response) => Deny(response, """
            {"message":"two mistakes","code":422,"reason":"Invalid","details":{"group":"test.example.com","kind":"Widget","name":"a","causes":[
              {"reason":"FieldValueInvalid","message":"Invalid value: \"x\": is bad","field":"spec.a"},
              {"reason":"FieldValueRequired","message":"Required value","field":"spec.b"}]}}
            """);
        Assert.Equal(
            "The Widget \"a\" is invalid: \n* spec.a: Invalid value: \"x\": is bad\n* spec.b: Required value",
            await Kubectl.FailAsync($"create -n {Namespace} -f -", Widgets.Json("a")));
    }

    [Fact]
    public async Task Applies_a_patch_before_validation()
    {
        await InstallAsync(mutating: true);
        Webhook.Answer = (path, _, response) =>
        {
            if (path == "/mutating")
            {
                Patch(response, """[{"op":"add","path":"/metadata/labels","value":{"by":"hook"}},{"op":"replace","path":"/spec/color","value":"blue"}]""");
            }
        };
        var widget = await CreateAsync("a");

        Assert.Equal("blue", Text(widget, "spec.color"));
        Assert.Equal("hook", Text(widget, "metadata.labels.by"));
        Assert.Equal("blue", Text(Webhook.Reviews.Last().Request, "object.spec.color"));
        Assert.Equal("blue", Text(await RequireAsync("GET", $"{Collection}/a"), "spec.color"));
    }

    [Fact]
    public async Task Validates_what_a_patch_leaves()
    {
        await InstallAsync(validating: false, mutating: true);
        Webhook.Answer = (_, _, response) => Patch(response, """[{"op":"replace","path":"/spec/color","value":"pink"}]""");
        var (code, body, _) = await Api.SendAsync("POST", Collection, Widgets.Json("a"));
        Assert.Equal(422, code);
        Assert.Equal("spec.color", Text(body, "details.causes.0.field"));
    }

    [Fact]
    public async Task Fails_when_a_patch_does_not_apply_whatever_the_failure_policy()
    {
        await InstallAsync(validating: false, mutating: true, failurePolicy: "Ignore");
        Webhook.Answer = (_, _, response) => Patch(response, """[{"op":"add","path":"/spec/values/nested/x","value":1}]""");
        var (code, body, _) = await Api.SendAsync("POST", Collection, Widgets.Json("a"));
        Assert.Equal(500, code);
        Assert.Equal(
            "Internal error occurred: add operation does not apply: doc is missing path: \"/spec/values/nested/x\": missing value",
            Text(body, "message"));
    }

    [Fact]
    public async Task Passes_warnings_on()
    {
        await InstallAsync();
        Webhook.Answer = (_, _, response) => response["warnings"] = new JsonArray("take \"care\"", "with a\nline break");
        var result = await Kubectl.TryAsync($"create -n {Namespace} -f -", Widgets.Json("a"));
        Assert.Equal("Warning: take \"care\"", result.Error.Trim());

        Webhook.Answer = (_, _, response) =>
        {
            response["warnings"] = new JsonArray("also when denied");
            Deny(response, """{"message":"no"}""");
        };
        Assert.Contains(
            "Warning: also when denied", await Kubectl.FailAsync($"delete widget a -n {Namespace}"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(503)]
    [InlineData(429)]
    public async Task Asks_again_when_told_to(int status)
    {
        await InstallAsync();
        var first = true;
        Webhook.Intercept = context =>
        {
            context.Response.StatusCode = first ? status : 200;
            context.Response.Headers.RetryAfter = "1";
            return Task.FromResult(first && !(first = false));
        };
        await CreateAsync("a");
        Assert.Equal(2, Webhook.Reviews.Count);
    }

    [Theory]
    [InlineData(500, "an error on the server (\"\") has prevented the request from succeeding")]
    [InlineData(400, "the server rejected our request for an unknown reason")]
    public async Task Fails_when_the_webhook_does(int status, string expected)
    {
        await InstallAsync();
        Webhook.Intercept = context =>
        {
            context.Response.StatusCode = status;
            return Task.FromResult(true);
        };
        var (code, body, _) = await Api.SendAsync("POST", Collection, Widgets.Json("a"));
        Assert.Equal(500, code);
        Assert.Equal("InternalError", Text(body, "reason"));
        Assert.Equal(
            $"Internal error occurred: failed calling webhook \"validating.test.example.com\": failed to call webhook: {expected}",
            Text(body, "message"));
    }

    [Fact]
    public async Task Passes_over_a_failing_webhook_when_its_policy_says_so()
    {
        await InstallAsync(failurePolicy: "Ignore");
        Webhook.Intercept = context =>
        {
            context.Response.StatusCode = 500;
            return Task.FromResult(true);
        };
        await CreateAsync("a");
        Assert.Single(Webhook.Reviews);
    }

    [Fact]
    public async Task Waits_no_longer_than_the_timeout()
    {
        await InstallAsync(timeoutSeconds: 1);
        Webhook.Intercept = async context =>
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return true;
        };
        var (code, body, _) = await Api.SendAsync("POST", Collection, Widgets.Json("a"));
        Assert.Equal(500, code);
        Assert.Contains("/validating?timeout=1s\": context deadline exceeded", Text(body, "message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Trusts_only_the_authority_of_the_configuration()
    {
        await using var other = await WebhookServer.StartAsync();
        await InstallAsync();
        await Server.InstallWebhooksAsync($$"""
            apiVersion: admissionregistration.k8s.io/v1
            kind: ValidatingWebhookConfiguration
            metadata: {name: {{Namespace}} }
            webhooks:
            - name: validating.test.example.com
              clientConfig: {service: {name: webhook, namespace: default, path: /validating} }
              rules: [{operations: ["*"], apiGroups: [test.example.com], apiVersions: ["*"], resources: [widgets]}]
              namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: {{Namespace}} } }
              sideEffects: None
              admissionReviewVersions: [v1]
            """, Webhook.Url, other.Authority, Cancellation);
        var (code, body, _) = await Api.SendAsync("POST", Collection, Widgets.Json("a"));
        Assert.Equal(500, code);
        Assert.Contains("x509: certificate signed by unknown authority", Text(body, "message"), StringComparison.Ordinal);
        Assert.Empty(Webhook.Reviews);
    }

    [Theory]
    [InlineData("""{"uid":"other"}""", "expected response.uid=")]
    [InlineData("""{"patch":"W10="}""", "validating webhook may not return response.patch")]
    public async Task Does_not_take_an_answer_that_is_none(string change, string expected)
    {
        await InstallAsync();
        Webhook.Answer = (_, _, response) =>
        {
            foreach (var (key, value) in JsonNode.Parse(change)!.AsObject())
            {
                response[key] = value?.DeepClone();
            }
        };
        var (code, body, _) = await Api.SendAsync("POST", Collection, Widgets.Json("a"));
        Assert.Equal(500, code);
        Assert.Contains(expected, Text(body, "message"), StringComparison.Ordinal);
    }

    private static void Deny(JsonObject response, string status)
    {
        response["allowed"] = false;
        response["status"] = JsonNode.Parse(status);
    }

    private static void Patch(JsonObject response, string operations)
    {
        response["patchType"] = "JSONPatch";
        response["patch"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(operations));
    }
}
