using System.Reflection;
using System.Text.Json.Nodes;

namespace EndToEnd.ConformanceTests;

/// <summary>What webhooks are asked, compared with reviews that a kube-apiserver really sent.</summary>
public sealed class WebhookReviewTests(ConformanceFixture fixture) : WebhookTest(fixture)
{
    [Fact]
    public async Task Has_the_fields_of_a_recorded_create()
    {
        await InstalledKubectl.RequireAsync(27, "fieldValidation in the options");
        await InstallAsync();
        await Kubectl.RunAsync($"apply -n {Namespace} -f -", Widgets.Json("a"));
        var review = Assert.Single(Webhook.Reviews);

        Assert.Equal("/validating?timeout=10s", review.Path);
        Assert.Equal("application/json", review.ContentType);
        Assert.Equal("kube-apiserver-admission", review.UserAgent);
        AssertSameFields("datasource-create", review.Body);
        AssertRequest(review, """
            {"kind":{"group":"test.example.com","version":"v1","kind":"Widget"},
             "resource":{"group":"test.example.com","version":"v1","resource":"widgets"},
             "requestKind":{"group":"test.example.com","version":"v1","kind":"Widget"},
             "requestResource":{"group":"test.example.com","version":"v1","resource":"widgets"},
             "name":"a","operation":"CREATE","oldObject":null,"dryRun":false,
             "options":{"kind":"CreateOptions","apiVersion":"meta.k8s.io/v1","fieldManager":"kubectl-client-side-apply","fieldValidation":"Strict"}}
            """);
        Assert.Equal("admin", Text(review.Request, "userInfo.username"));
        Assert.Equal("""["system:masters","system:authenticated"]""", review.Request["userInfo"]!["groups"]!.ToJsonString());
        Assert.Matches(
            "^X509SHA256=[0-9a-f]{64}$", (string)review.Request["userInfo"]!["extra"]!["authentication.kubernetes.io/credential-id"]![0]!);
        Assert.Equal(["apiVersion", "kind", "metadata", "spec"], review.Request["object"]!.AsObject().Select(p => p.Key));
    }

    [Fact]
    public async Task Has_the_fields_of_recorded_updates()
    {
        await InstalledKubectl.RequireAsync(24, "kubectl patch --subresource");
        await Kubectl.RunAsync($"apply -n {Namespace} -f -", Widgets.Json("a", metadata: "\"labels\":{\"a\":\"b\"},\"finalizers\":[\"a.b/c\"]"));
        await InstallAsync();
        await Kubectl.RunAsync($"label widget a -n {Namespace} x=y");
        await Kubectl.RunAsync($"patch widget a -n {Namespace} --subresource=status --type merge -p {{\"status\":{{\"message\":\"m\"}}}}");
        await RequireAsync("PATCH", $"{Collection}/a", """{"metadata":{"finalizers":null}}""", "application/merge-patch+json");
        var reviews = Webhook.Reviews.ToList();

        AssertRequest(reviews[0], """
            {"name":"a","operation":"UPDATE","dryRun":false,
             "options":{"kind":"UpdateOptions","apiVersion":"meta.k8s.io/v1","fieldManager":"kubectl-label"}}
            """);
        Assert.Equal("y", Text(reviews[0].Request, "object.metadata.labels.x"));
        Assert.Null(reviews[0].Request["oldObject"]!["metadata"]!["labels"]!["x"]);
        Assert.Equal(
            Text(reviews[0].Request, "oldObject.metadata.resourceVersion"), Text(reviews[0].Request, "object.metadata.resourceVersion"));

        AssertSameFields("clusterdatasource-status-update", reviews[1].Body);
        AssertRequest(reviews[1], """{"subResource":"status","requestSubResource":"status","operation":"UPDATE"}""");
        Assert.Equal("m", Text(reviews[1].Request, "object.status.message"));
    }

    [Fact]
    public async Task Sends_only_the_old_object_of_a_delete()
    {
        await InstalledKubectl.RequireAsync(27, "the dry run of custom resources without OpenAPI v2");
        await CreateAsync("a");
        await InstallAsync();
        await Kubectl.RunAsync($"delete widget a -n {Namespace} --dry-run=server");
        await Kubectl.RunAsync($"delete widget a -n {Namespace}");
        var reviews = Webhook.Reviews.ToList();

        AssertRequest(reviews[0], """
            {"name":"a","operation":"DELETE","object":null,"dryRun":true,
             "options":{"kind":"DeleteOptions","apiVersion":"meta.k8s.io/v1","propagationPolicy":"Background","dryRun":["All"]}}
            """);
        AssertRequest(reviews[1], """
            {"name":"a","operation":"DELETE","object":null,"dryRun":false,
             "options":{"kind":"DeleteOptions","apiVersion":"meta.k8s.io/v1","propagationPolicy":"Background"}}
            """);
        Assert.Equal("a", Text(reviews[1].Request, "oldObject.metadata.name"));
        Assert.Equal(Order("datasource-delete"), Keys(reviews[1].Request));
    }

    [Fact]
    public async Task Asks_once_for_each_object_of_a_collection_without_a_name()
    {
        await CreateAsync("a");
        await CreateAsync("b");
        await InstallAsync();
        await RequireAsync("DELETE", Collection);

        Assert.Equal(2, Webhook.Reviews.Count);
        Assert.All(Webhook.Reviews, r => Assert.Equal("", (string?)r.Request["name"] ?? ""));
        Assert.Equal(["a", "b"], Webhook.Reviews.Select(r => Text(r.Request, "oldObject.metadata.name")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Shows_mutating_webhooks_an_object_without_identity()
    {
        await InstallAsync(mutating: true);
        await Kubectl.RunAsync($"create -n {Namespace} -f -", Widgets.Json("x").Replace("\"name\"", "\"generateName\"", StringComparison.Ordinal));
        var reviews = Webhook.Reviews.ToList();

        Assert.Equal("/mutating?timeout=10s", reviews[0].Path);
        Assert.Null(reviews[0].Request["name"]);
        Assert.Equal(["generateName", "managedFields", "namespace"], Keys(reviews[0].Request["object"]!["metadata"]!));
        Assert.Equal("/validating?timeout=10s", reviews[1].Path);
        AssertSameFields("datasource-create-generate-name", reviews[1].Body, "annotations");
        Assert.NotNull(Text(reviews[1].Request, "object.metadata.uid"));
    }

    [Fact]
    public async Task Names_the_user_who_asks()
    {
        await InstallAsync();
        await Kubectl.RunAsync($"create clusterrolebinding {Namespace} --clusterrole=cluster-admin --serviceaccount={Namespace}:dev");
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        deadline.CancelAfter(TimeSpan.FromSeconds(30));
        while ((await Kubectl.TryAsync($"create -n {Namespace} --as system:serviceaccount:{Namespace}:dev -f -", Widgets.Json("a"))).ExitCode != 0)
        {
            await Task.Delay(100, deadline.Token);
        }

        await Kubectl.RunAsync($"delete clusterrolebinding {Namespace}");
        var user = Assert.Single(Webhook.Reviews).Request["userInfo"]!;
        Assert.Equal(["username", "groups"], Keys(user));
        Assert.Equal($"system:serviceaccount:{Namespace}:dev", (string?)user["username"]);
        Assert.Equal(
            ["system:serviceaccounts", $"system:serviceaccounts:{Namespace}", "system:authenticated"],
            user["groups"]!.AsArray().Select(g => (string?)g));
    }

    [Fact]
    public async Task Is_asked_only_for_what_the_selectors_select()
    {
        await InstallAsync(more: "  objectSelector: {matchExpressions: [{key: go, operator: Exists}]}");
        await CreateAsync("no");
        await CreateAsync("yes", metadata: "\"labels\":{\"go\":\"1\"}");
        await RequireAsync("PATCH", $"{Collection}/yes", """{"metadata":{"labels":null}}""", "application/merge-patch+json");
        await RequireAsync("PATCH", $"{Collection}/yes", """{"spec":{"size":5}}""", "application/merge-patch+json");

        Assert.Equal(["CREATE", "UPDATE"], Webhook.Reviews.Select(r => r.Operation));
    }

    private static void AssertRequest(ReceivedReview review, string expected)
    {
        foreach (var (key, value) in JsonNode.Parse(expected)!.AsObject())
        {
            Assert.True(
                JsonNode.DeepEquals(value, review.Request[key]),
                $"{key}: expected {value?.ToJsonString() ?? "null"}, was {review.Request[key]?.ToJsonString() ?? "null"}");
        }
    }

    /// <summary>The same keys in the same order, down to the metadata of the object.</summary>
    private static void AssertSameFields(string fixture, JsonObject body, params string[] except)
    {
        var recorded = Read(fixture);
        Assert.Equal(Keys(recorded), Keys(body));
        Assert.Equal(Keys(recorded["request"]!), Keys(body["request"]!));
        foreach (var part in (string[])["object", "oldObject"])
        {
            if (recorded["request"]![part] is JsonObject o)
            {
                Assert.Equal(
                    Keys(o["metadata"]!).Except([.. except, "labels", "finalizers"], StringComparer.Ordinal),
                    Keys(body["request"]![part]!["metadata"]!).Except([.. except, "labels", "finalizers"], StringComparer.Ordinal));
            }
        }
    }

    private static List<string> Order(string fixture) => Keys(Read(fixture)["request"]!);

    private static List<string> Keys(JsonNode node) => [.. node.AsObject().Select(p => p.Key)];

    private static JsonObject Read(string fixture)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"Fixtures/{fixture}.json")!;
        return JsonNode.Parse(stream)!.AsObject();
    }
}
