using Microsoft.AspNetCore.Http;
using Provisioning.Kubernetes;

namespace Provisioning.Tests.Kubernetes.Kubeconfigs;

/// <summary>Whom requests are made as.</summary>
public sealed class ImpersonationTests : KubeconfigTest
{
    [Fact]
    public async Task The_kubeconfig_s_and_the_command_line_s_user_uid_groups_and_extra_values_are_sent_with_every_request()
    {
        var sent = new List<Dictionary<string, string>>();
        await using var server = await StubApiServer.StartAsync(context =>
        {
            sent.Add(context.Request.Headers.Where(header => header.Key.StartsWith("Impersonate-", StringComparison.OrdinalIgnoreCase))
                .ToDictionary(header => header.Key, header => string.Join(" + ", header.Value.ToArray()), StringComparer.OrdinalIgnoreCase));
            return context.Response.WriteAsync("{}");
        });
        var file = Folder.Write("config", $$"""
            current-context: x
            clusters: [{name: c, cluster: {server: "{{server.Address}}"} }]
            contexts: [{name: x, context: {cluster: c, user: u} }]
            users:
            - name: u
              user:
                as: jürgen
                as-uid: "4711"
                as-groups: [developers, "team a"]
                as-user-extra: {scopes: [view, edit], "example.org/a%b": [c]}
            """);

        await AskAsync(file, new KubeconfigOverrides());
        await AskAsync(file, new KubeconfigOverrides { As = "vera", AsGroups = ["viewers"] });

        Assert.Equal(
            new Dictionary<string, string>
            {
                ["Impersonate-User"] = "jürgen",
                ["Impersonate-Uid"] = "4711",
                ["Impersonate-Group"] = "developers + team a",
                ["Impersonate-Extra-scopes"] = "view + edit",
                ["Impersonate-Extra-example.org%2Fa%25b"] = "c",
            },
            sent[0]);
        Assert.Equal(("vera", "4711", "viewers"), (sent[1]["Impersonate-User"], sent[1]["Impersonate-Uid"], sent[1]["Impersonate-Group"]));
    }

    private static async Task AskAsync(string file, KubeconfigOverrides overrides)
    {
        using var transport = TestClient.Transport(TestClient.Load(file, overrides: overrides));
        await new KubernetesClient(transport).GetServerVersionAsync(TestContext.Current.CancellationToken);
    }
}
