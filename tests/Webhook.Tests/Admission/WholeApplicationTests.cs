using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Provisioning.Kubernetes;
using Provisioning.Resources;
using Webhook.Tests.Hosting;
using Webhook.Tests.Injection;

namespace Webhook.Tests.Admission;

/// <summary>The application as Program composes it, with its own handlers.</summary>
public sealed class WholeApplicationTests
{
    public static TheoryData<string> RecordedReviews => new(Reviews.Names);

    [Theory]
    [MemberData(nameof(RecordedReviews))]
    public async Task Never_allows_what_needs_the_API_server_while_that_is_gone(string name)
    {
        await using var server = await WebhookServer.StartAsync();
        using var client = server.CreateClient();
        var path = name.StartsWith("helmrelease", StringComparison.Ordinal) ? "/mutate" : "/validate";

        using var answer = await client.PostAsync($"{path}?timeout=10s", WebhookServer.Json(Reviews.ReadText(name)));

        Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable });
        if (name is "datasource-create" or "datasource-create-by-tenant-naming-a-foreign-secret" or "datasource-create-generate-name" or "datasource-delete")
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.Equal(TimeSpan.FromSeconds(1), answer.Headers.RetryAfter?.Delta);
        }
        else if (answer.StatusCode == HttpStatusCode.OK)
        {
            var response = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["response"]!;
            Assert.Equal((string)JsonNode.Parse(Reviews.Read(name))!["request"]!["uid"]!, (string)response["uid"]!);
        }
    }

    [Fact]
    public async Task Injects_into_a_release_of_288_KB_that_lost_its_values()
    {
        var kubernetes = new StubKubernetesClient();
        var metadata = new ObjectMeta { Namespace = "kcm-system", Name = "cluster-name", Uid = "owner-uid", Generation = 1 };
        kubernetes.Put(new ClusterDeployment { Metadata = metadata, Spec = new ClusterDeploymentSpec { DataSource = "pg" } });
        kubernetes.Put(new ClusterDataSource { Metadata = metadata, Status = new ClusterDataSourceStatus { KineDataSourceSecret = "cluster-name-kine", ObservedGeneration = 1 } });
        await using var server = await WebhookServer.StartAsync([], builder => builder.Services.Replace(ServiceDescriptor.Singleton<IKubernetesClient>(kubernetes)));
        using var client = server.CreateClient();
        var body = Reviews.With("helmrelease-update-288kb-values-removed", review =>
        {
            review["request"]!["namespace"] = "kcm-system";
            review["request"]!["object"]!["metadata"]!["ownerReferences"] = new JsonArray(new JsonObject
            {
                ["apiVersion"] = "k0rdent.mirantis.com/v1beta1",
                ["kind"] = "ClusterDeployment",
                ["name"] = "cluster-name",
                ["uid"] = "owner-uid",
            });
        });

        using var answer = await client.PostAsync("/mutate?timeout=10s", WebhookServer.Json(body));

        var response = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["response"]!;
        Assert.Equal(
            """[{"op":"add","path":"/spec/values","value":{"dataSource":{"kineDataSourceSecretName":"cluster-name-kine"}}}]""",
            System.Text.Encoding.UTF8.GetString(Convert.FromBase64String((string)response["patch"]!)));
    }
}
