using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Provisioning.Kubernetes;
using Provisioning.Resources;
using Webhook.Admission;
using Webhook.Injection;
using Webhook.Tests.Admission;
using Webhook.Tests.Injection;

namespace Webhook.Tests.Validation;

/// <summary>
/// The real handlers behind reviews with bytes changed at random, from fixed seeds: each gets a decision, and what is allowed keeps the rules.
/// </summary>
public sealed class HandlerFuzzTests
{
    private const int Rounds = 4000;
    private static readonly HashSet<GroupVersionResource> Resources =
    [
        new("k0rdent.mirantis.com", "v1beta1", "datasources"),
        new("k0rdent.mirantis.com", "v1beta1", "clusterdatasources"),
        new("k0rdent.mirantis.com", "v1beta1", "clusterdeployments"),
    ];

    private static readonly ResourceRules Rules = new(EndpointPolicy.Default);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public async Task Nothing_that_breaks_a_rule_passes(int seed)
    {
        var random = new Random(seed);
        string[] names = ["datasource-create", "datasource-create-dry-run", "datasource-create-generate-name", "clusterdatasource-create", "clusterdeployment-create"];
        var originals = names.Select(Reviews.Read).ToList();
        using var host = new ValidationHost(new InMemoryCluster(), settings: ("Authorization:SecretAccess", "Off"));
        var (passed, denied) = (0, 0);
        for (var round = 0; round < Rounds; round++)
        {
            if (Reviews.TryRead(Mutation.Of(random, originals[random.Next(originals.Count)]), host.Handlers) is not { } request || !Resources.Contains(request.Resource))
            {
                continue;
            }

            switch (await Slowness.NeverAsync(async () => await host.DecideAsync(request, Token), () => Encoding.UTF8.GetString(request.Object.Span)))
            {
                case AdmissionDecision.Allowed allowed when allowed.AuditAnnotations["rules"] == "passed":
                    AssertKeepsTheRules(request);
                    passed++;
                    break;
                case AdmissionDecision.Denied:
                    denied++;
                    break;
                case AdmissionDecision.Allowed:
                    break;
                case var decision:
                    Assert.Fail($"{decision} on {Encoding.UTF8.GetString(request.Object.Span)}");
                    break;
            }
        }

        Assert.True(passed > 100 && denied > 20, $"{passed} passed, {denied} denied: the mutations are too weak or too strong.");
    }

    [Theory]
    [InlineData(13)]
    [InlineData(14)]
    public async Task A_release_with_an_owner_of_ours_is_patched_or_refused_and_never_just_let_through(int seed)
    {
        var random = new Random(seed);
        var original = Encoding.UTF8.GetBytes(Reviews.With("helmrelease-create", review => review["request"]!["object"]!["metadata"]!["ownerReferences"] = JsonNode.Parse(
            """[{"apiVersion":"k0rdent.mirantis.com/v1beta1","kind":"ClusterDeployment","name":"cluster-name","uid":"uid-1"}]""")));
        var (patched, others) = (0, 0);
        for (var round = 0; round < Rounds; round++)
        {
            if (Reviews.TryRead(Mutation.Of(random, original)) is not { Operation: AdmissionOperation.Create, SubResource: "" } request)
            {
                continue;
            }

            var published = new PublishedDataSources(Cluster(request));
            var consumers = new ConsumerInjection(published, NullLogger<ConsumerInjection>.Instance);
            var handler = new HelmReleaseHandler(published, consumers, NullLogger<HelmReleaseHandler>.Instance);
            var decision = await Slowness.NeverAsync(
                async () => await handler.DecideAsync(request, Token), () => Encoding.UTF8.GetString(request.Object.Span));
            var fields = ReleaseReader.ReadAll(request.Object.Span);
            if (decision is AdmissionDecision.Patched patch)
            {
                using var operations = JsonDocument.Parse(patch.JsonPatch);
                Assert.StartsWith("/spec", Assert.Single(operations.RootElement.EnumerateArray()).GetProperty("path").GetString(), StringComparison.Ordinal);
                patched++;
            }
            else
            {
                others++;
                Assert.True(
                    decision is AdmissionDecision.Denied || fields.IsBeingDeleted || fields.Owners.Count == 0 || fields.Known?.KineDataSourceSecretName == "kine",
                    Encoding.UTF8.GetString(request.Object.Span));
            }
        }

        Assert.True(patched > 100 && others > 20, $"{patched} patched, {others} others: the mutations are too weak or too strong.");
    }

    [Theory]
    [InlineData(15)]
    [InlineData(16)]
    public async Task A_release_that_asks_for_a_database_is_patched_or_refused_and_never_just_let_through(int seed)
    {
        var random = new Random(seed);
        var original = Encoding.UTF8.GetBytes(Reviews.With("helmrelease-create", review =>
            review["request"]!["object"]!["metadata"]!["annotations"] = new JsonObject { [ConsumerAnnotations.DataSource] = "pg" }));
        var (patched, others) = (0, 0);
        for (var round = 0; round < Rounds; round++)
        {
            if (Reviews.TryRead(Mutation.Of(random, original)) is not { Operation: AdmissionOperation.Create, SubResource: "" } request)
            {
                continue;
            }

            var cluster = new StubKubernetesClient();
            cluster.Put(new DataSource { Metadata = new ObjectMeta { Namespace = request.Namespace, Name = "pg" }, Spec = new DataSourceSpec() });
            var published = new PublishedDataSources(cluster);
            var consumers = new ConsumerInjection(published, NullLogger<ConsumerInjection>.Instance);
            var handler = new HelmReleaseHandler(published, consumers, NullLogger<HelmReleaseHandler>.Instance);
            var decision = await Slowness.NeverAsync(
                async () => await handler.DecideAsync(request, Token), () => Encoding.UTF8.GetString(request.Object.Span));
            switch (decision)
            {
                case AdmissionDecision.Patched:
                    patched++;
                    break;
                case AdmissionDecision.Denied:
                    others++;
                    break;
                default:
                    others++;
                    var metadata = (JsonObject?)JsonNode.Parse(request.Object.Span)!["metadata"];
                    Assert.True(
                        metadata?["deletionTimestamp"] is not null || metadata?["annotations"] is not JsonObject annotations || !annotations.ContainsKey(ConsumerAnnotations.DataSource),
                        Encoding.UTF8.GetString(request.Object.Span));
                    break;
            }
        }

        Assert.True(patched > 100 && others > 20, $"{patched} patched, {others} others: the mutations are too weak or too strong.");
    }

    // Whoever owns the release, has a published database.
    private static StubKubernetesClient Cluster(AdmissionRequest request)
    {
        var cluster = new StubKubernetesClient();
        foreach (var owner in ReleaseReader.ReadAll(request.Object.Span).Owners)
        {
            var metadata = new ObjectMeta { Namespace = request.Namespace, Name = owner.Name, Uid = owner.Uid };
            cluster.Put(new ClusterDeployment { Metadata = metadata, Spec = new ClusterDeploymentSpec { DataSource = "pg" } });
            cluster.Put(new ClusterDataSource { Metadata = metadata, Status = new ClusterDataSourceStatus { Ready = true, KineDataSourceSecret = "kine" } });
        }

        return cluster;
    }

    private static void AssertKeepsTheRules(AdmissionRequest request) => Assert.Empty(request.Resource.Resource switch
    {
        "datasources" => Rules.FindViolations(Parse<DataSource>(request)),
        "clusterdatasources" => Rules.FindViolations(Parse<ClusterDataSource>(request)),
        _ => Rules.FindViolations(Parse<ClusterDeployment>(request)),
    });

    private static T Parse<T>(AdmissionRequest request)
        where T : Resource
    {
        var resource = JsonSerializer.Deserialize<T>(request.Object.Span, KubernetesJson.Options)!;
        return resource with { Metadata = resource.Metadata with { Namespace = request.Namespace, Name = resource.Metadata.Name ?? (request.Name.Length > 0 ? request.Name : null) } };
    }
}
