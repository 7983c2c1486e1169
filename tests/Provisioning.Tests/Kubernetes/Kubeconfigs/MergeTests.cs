using Provisioning.Kubernetes;

namespace Provisioning.Tests.Kubernetes.Kubeconfigs;

/// <summary>Several files in KUBECONFIG, and what is chosen on a command line, as kubectl has it.</summary>
public sealed class MergeTests : KubeconfigTest
{
    [Fact]
    public void Of_entries_with_the_same_name_the_first_counts_and_nothing_of_the_others()
    {
        var first = Folder.Write("first", """
            clusters: [{name: c, cluster: {server: "https://first:6443"}}]
            contexts: [{name: x, context: {cluster: c, user: u}}]
            """);
        var second = Folder.Write("second", """
            current-context: x
            clusters: [{name: c, cluster: {server: "https://second:6443", tls-server-name: second}}]
            contexts: [{name: x, context: {cluster: other, user: u, namespace: second}}]
            users: [{name: u, user: {token: of-the-second}}]
            """);
        var third = Folder.Write("third", """
            current-context: other
            users: [{name: u, user: {token: of-the-third, as: somebody}}]
            """);

        var connection = Load(first, second, third);

        Assert.Equal(new Uri("https://first:6443"), connection.Server);
        Assert.Null(connection.TlsServerName);
        Assert.Null(connection.Namespace);
        Assert.Null(connection.Impersonation);
        Assert.Equal("of-the-second", connection.Token!.Current());
    }

    [Fact]
    public void Relative_paths_start_at_the_folder_of_their_own_file()
    {
        var clusters = Folder.Write("a/clusters", """
            current-context: x
            clusters: [{name: c, cluster: {server: "https://api:6443"}}]
            contexts: [{name: x, context: {cluster: c, user: u}}]
            """);
        var users = Folder.Write("b/users", "users: [{name: u, user: {tokenFile: ./login/token}}]");
        Folder.Write("b/login/token", "beside-its-file");
        Folder.Write("a/login/token", "beside-the-other");

        Assert.Equal("beside-its-file", Load(clusters, users).Token!.Current());
    }

    [Fact]
    public void Files_that_do_not_exist_and_empty_entries_are_passed_over_as_long_as_one_exists()
    {
        var present = Folder.Write("present", Minimal("present"));

        Assert.Equal("present", Load("", "/nonexistent/config", present, present).TlsServerName);
        Assert.Contains("none of the files exists", Assert.Throws<KubernetesConfigurationException>(() => Load("/nonexistent/a", "/nonexistent/b")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_broken_file_or_a_name_twice_in_one_is_an_error_whatever_the_others_say()
    {
        var good = Folder.Write("good", Minimal("good"));
        var broken = Folder.Write("broken", "users: [");
        var twice = Folder.Write("twice", "users: [{name: u, user: {}}, {name: u, user: {}}]");

        Assert.Contains("broken", Assert.Throws<KubernetesConfigurationException>(() => Load(good, broken)).Message, StringComparison.Ordinal);
        Assert.Contains("twice: users: has \"u\" twice", Assert.Throws<KubernetesConfigurationException>(() => Load(good, twice)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_chosen_cluster_and_user_take_the_place_of_the_context_s_or_of_a_context()
    {
        var file = Folder.Write("config", """
            current-context: x
            clusters:
            - {name: c, cluster: {server: "https://c:6443"}}
            - {name: d, cluster: {server: "https://d:6443"}}
            contexts: [{name: x, context: {cluster: c, user: u, namespace: team}}]
            users:
            - {name: u, user: {token: of-u}}
            - {name: v, user: {token: of-v}}
            """);
        var without = Folder.Write("without", "{clusters: [{name: d, cluster: {server: 'https://d:6443'}}], users: [{name: v, user: {token: of-v}}]}");

        var cluster = TestClient.Load(file, overrides: new KubeconfigOverrides { Cluster = "d" });
        var user = TestClient.Load(file, overrides: new KubeconfigOverrides { User = "v" });
        var both = TestClient.Load(without, overrides: new KubeconfigOverrides { Cluster = "d", User = "v" });

        Assert.Equal(("https://d:6443/", "of-u", "team"), (cluster.Server.AbsoluteUri, cluster.Token!.Current(), cluster.Namespace));
        Assert.Equal(("https://c:6443/", "of-v"), (user.Server.AbsoluteUri, user.Token!.Current()));
        Assert.Equal(("https://d:6443/", "of-v"), (both.Server.AbsoluteUri, both.Token!.Current()));
        Assert.Contains(
            "has no user \"w\", which --user names", Assert.Throws<KubernetesConfigurationException>(() => TestClient.Load(file, overrides: new KubeconfigOverrides { User = "w" })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Verification_is_skipped_only_for_a_person_and_never_beside_an_authority()
    {
        var skipping = Folder.Write("skipping", Minimal("x").Replace("tls-server-name", "insecure-skip-tls-verify: true, tls-server-name", StringComparison.Ordinal));
        var both = Folder.Write("both", Minimal("x").Replace("tls-server-name", "insecure-skip-tls-verify: true, certificate-authority: ca.crt, tls-server-name", StringComparison.Ordinal));
        var person = new KubeconfigOverrides { ObeysSkippedVerification = true };

        Assert.True(TestClient.Load(skipping, overrides: person).SkipsVerification);
        Assert.Contains("insecure-skip-tls-verify", Assert.Throws<KubernetesConfigurationException>(() => TestClient.Load(skipping)).Message, StringComparison.Ordinal);
        Assert.Contains("cannot be true", Assert.Throws<KubernetesConfigurationException>(() => TestClient.Load(both, overrides: person)).Message, StringComparison.Ordinal);
    }

    private static KubernetesConnection Load(params string[] files) =>
        TestClient.Load(environment: new Dictionary<string, string> { ["KUBECONFIG"] = string.Join(':', files) });

    private static string Minimal(string name) => $$"""
        current-context: x
        clusters: [{name: c, cluster: {server: "https://api:6443", tls-server-name: {{name}} } }]
        contexts: [{name: x, context: {cluster: c, user: u} }]
        users: [{name: u, user: {} }]
        """;
}
