using ControlPlane;

namespace EndToEnd.ConformanceTests;

public sealed class AccessTests(ConformanceFixture fixture) : ConformanceTest(fixture)
{
    private string Secrets => $"/api/v1/namespaces/{Namespace}/secrets";

    [Fact]
    public async Task Refuses_strangers()
    {
        using var anonymous = new RawApi(Server, null);
        var (code, body, _) = await anonymous.SendAsync("GET", Secrets);
        Assert.Equal(403, code);
        Assert.Equal(
            $"secrets is forbidden: User \"system:anonymous\" cannot list resource \"secrets\" in API group \"\" in the namespace \"{Namespace}\"",
            Text(body, "message"));
        Assert.Equal(200, (await anonymous.SendAsync("GET", "/readyz")).Code);

        using var withToken = new RawApi(Server, null) { Token = "nonsense" };
        (code, body, _) = await withToken.SendAsync("GET", Secrets);
        Assert.Equal(401, code);
        Assert.Equal("Unauthorized", Text(body, "message"));
    }

    [Fact]
    public async Task Does_not_believe_another_clusters_certificate()
    {
        await using var other = await ControlPlanes.StartAsync(new ControlPlaneOptions { BinariesDirectory = null }, Cancellation);
        using var stranger = new RawApi(Server, other.AdminKubeconfigPath);
        Assert.Equal(401, (await stranger.SendAsync("GET", Secrets)).Code);
    }

    [Fact]
    public async Task Lets_users_do_what_their_roles_say()
    {
        var kubeconfig = await Server.CreateUserAsync($"alice-{Namespace}", ["devs"], Cancellation);
        using var alice = new Kubectl(kubeconfig);
        Assert.Equal(
            $"Error from server (Forbidden): secrets is forbidden: User \"alice-{Namespace}\" cannot list resource \"secrets\" in API group \"\" "
            + $"in the namespace \"{Namespace}\"",
            await alice.FailAsync($"get secrets -n {Namespace}"));

        await Kubectl.RunAsync($"create role reader --verb=get,list --resource=secrets -n {Namespace}");
        await Kubectl.RunAsync($"create rolebinding readers --role=reader --group=devs -n {Namespace}");
        await WaitForAsync(alice, $"auth can-i list secrets -n {Namespace}", "yes");
        await Kubectl.RunAsync($"create secret generic s -n {Namespace} --from-literal=a=b");
        Assert.Contains("s ", await alice.RunAsync($"get secrets -n {Namespace} --no-headers"), StringComparison.Ordinal);
        Assert.Equal("no", (await alice.TryAsync($"auth can-i delete secrets -n {Namespace}")).Output.Trim());
        Assert.Contains("cannot delete resource", await alice.FailAsync($"delete secret s -n {Namespace}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_what_a_user_may()
    {
        await Kubectl.RunAsync($"create role one --verb=get --resource=secrets --resource-name=mine -n {Namespace}");
        await Kubectl.RunAsync($"create rolebinding one --role=one --user=bob -n {Namespace}");
        await WaitForAsync(Kubectl, $"auth can-i get secret/mine -n {Namespace} --as bob", "yes");

        Assert.Equal("true", await AskAsync("bob", "mine"));
        Assert.Equal("false", await AskAsync("bob", "other"));
        Assert.Equal("false", await AskAsync("eve", "mine"));
    }

    [Fact]
    public async Task Knows_service_accounts_by_their_tokens()
    {
        await InstalledKubectl.RequireAsync(24, "kubectl create token");
        await Kubectl.RunAsync($"create serviceaccount robot -n {Namespace}");
        var token = await Kubectl.RunAsync($"create token robot -n {Namespace}");
        using var robot = new RawApi(Server, null) { Token = token };
        var (code, body, _) = await robot.SendAsync(
            "POST",
            "/apis/authentication.k8s.io/v1/selfsubjectreviews",
            """{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}""");
        Assert.Equal(201, code);
        Assert.Equal($"system:serviceaccount:{Namespace}:robot", Text(body, "status.userInfo.username"));
        Assert.Equal(
            ["system:serviceaccounts", $"system:serviceaccounts:{Namespace}", "system:authenticated"],
            body["status"]!["userInfo"]!["groups"]!.AsArray().Select(g => (string?)g));
        Assert.Equal(403, (await robot.SendAsync("GET", Secrets)).Code);
    }

    [Fact]
    public async Task Acts_as_others_for_those_who_may()
    {
        Assert.Contains(
            $"User \"system:serviceaccount:{Namespace}:dev\" cannot get resource",
            await Kubectl.FailAsync($"get secret x -n {Namespace} --as system:serviceaccount:{Namespace}:dev"),
            StringComparison.Ordinal);
    }

    private async Task<string?> AskAsync(string user, string secret)
    {
        var review = await RequireAsync("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", $$"""
            {"apiVersion":"authorization.k8s.io/v1","kind":"SubjectAccessReview","spec":{"user":"{{user}}",
             "resourceAttributes":{"namespace":"{{Namespace}}","verb":"get","resource":"secrets","name":"{{secret}}"} } }
            """);
        return Text(review, "status.allowed");
    }

    /// <summary>The real API server reads roles through informers: a new one works a moment later.</summary>
    private static async Task WaitForAsync(Kubectl kubectl, string arguments, string expected)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        deadline.CancelAfter(TimeSpan.FromSeconds(30));
        while ((await kubectl.TryAsync(arguments)).Output.Trim() != expected)
        {
            await Task.Delay(100, deadline.Token);
        }
    }
}
