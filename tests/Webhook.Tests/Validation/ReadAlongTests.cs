using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Provisioning.Kubernetes;
using Provisioning.Resources;
using Webhook.Admission;
using Webhook.Tests.Admission;

namespace Webhook.Tests.Validation;

/// <summary>Objects are read along with the review around them where that is possible, and afterwards where it is not: nobody may notice which.</summary>
public sealed class ReadAlongTests : IDisposable
{
    private const int Rounds = 4000;

    private readonly ValidationHost host = new(new InMemoryCluster(), settings: ("Authorization:SecretAccess", "Off"));

    [Fact]
    public void An_object_behind_its_resource_is_read_along()
    {
        var request = AdmissionReviewReader.Read(Reviews.Read("datasource-update-labels"), host.Handlers);

        Assert.Equal("postgresql", Assert.IsType<DataSource>(request.ObjectRead).Spec?.Type);
        Assert.IsType<DataSource>(request.OldObjectRead);
        Assert.Equal("DataSource", (string?)JsonNode.Parse(request.Object.Span)!["kind"]);
        Assert.Equal("DataSource", (string?)JsonNode.Parse(request.OldObject.Span)!["kind"]);
    }

    [Fact]
    public void Every_field_of_a_DataSource_is_read_along() =>
        AssertComplete(Assert.IsType<DataSource>(AdmissionReviewReader.Read(WithAllMetadata(), host.Handlers).ObjectRead), "");

    [Fact]
    public async Task An_object_in_front_of_its_resource_is_read_afterwards()
    {
        var body = Reviews.With("datasource-create", review =>
        {
            var resource = review["request"]!["resource"]!.DeepClone();
            review["request"]!.AsObject().Remove("resource");
            review["request"]!["resource"] = resource;
        });
        var request = AdmissionReviewReader.Read(Encoding.UTF8.GetBytes(body), host.Handlers);

        Assert.Null(request.ObjectRead);
        Assert.IsType<AdmissionDecision.Allowed>(await host.DecideAsync(request, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_object_that_is_not_of_its_form_is_refused_by_its_field()
    {
        var body = Reviews.With("datasource-create", review => review["request"]!["object"]!["spec"]!["auth"]!["password"]!["key"] = 5);
        var request = AdmissionReviewReader.Read(Encoding.UTF8.GetBytes(body), host.Handlers);

        Assert.Null(request.ObjectRead);
        Assert.StartsWith("spec.auth.password.key: ", Assert.Single((await host.DecideAsync(request, TestContext.Current.CancellationToken)).Causes()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(17)]
    [InlineData(18)]
    public async Task The_answer_is_the_same_either_way(int seed)
    {
        var random = new Random(seed);
        string[] names = ["datasource-create", "datasource-update-labels", "clusterdatasource-create", "clusterdatasource-update-finalizer-removed", "clusterdeployment-update-datasource"];
        List<byte[]> originals = [.. names.Select(Reviews.Read), WithAllMetadata()];
        var (along, afterwards) = (0, 0);
        for (var round = 0; round < Rounds; round++)
        {
            var body = Mutation.Of(random, originals[random.Next(originals.Count)]);
            var request = Reviews.TryRead(body, host.Handlers);
            Assert.Equal(await AnswerAsync(Reviews.TryRead(body, handlers: null)), await AnswerAsync(request));
            if (request?.ObjectRead is DataSource read)
            {
                Assert.Equal(Write(JsonSerializer.Deserialize<DataSource>(request.Object.Span, KubernetesJson.Options)), Write(read));
            }

            along += request?.ObjectRead is null ? 0 : 1;
            afterwards += request is { ObjectRead: null, Object.IsEmpty: false } ? 1 : 0;
        }

        Assert.True(along > 300 && afterwards > 10, $"{along} read along, {afterwards} afterwards: the mutations are too weak or too strong.");
    }

    public void Dispose() => host.Dispose();

    private static byte[] WithAllMetadata() => Encoding.UTF8.GetBytes(Reviews.With("datasource-create", review =>
    {
        var metadata = review["request"]!["object"]!["metadata"]!;
        metadata["generateName"] = "pg-";
        metadata["resourceVersion"] = "7";
        metadata["deletionTimestamp"] = "2026-01-02T03:04:05Z";
        metadata["labels"] = new JsonObject { ["a"] = "b" };
        metadata["finalizers"] = new JsonArray("a/b");
        metadata["ownerReferences"] = new JsonArray(new JsonObject { ["kind"] = "X", ["controller"] = true });
    }));

    // Whoever adds a field to these records finds here that its reader does not know it yet.
    private static void AssertComplete(object value, string path)
    {
        foreach (var property in value.GetType().GetProperties().Where(property => property.CanWrite))
        {
            var field = property.GetValue(value);
            Assert.True(field is not (null or 0L), $"{path}.{property.Name} is not read, or not in the example.");
            if (property.PropertyType.Assembly == typeof(DataSource).Assembly)
            {
                AssertComplete(field!, $"{path}.{property.Name}");
            }
        }
    }

    private static string Write(DataSource? dataSource) => JsonSerializer.Serialize(dataSource, KubernetesJson.Options);

    private async Task<string> AnswerAsync(AdmissionRequest? request)
    {
        if (request is null || host.Handlers.Find(request.Resource) is null)
        {
            return "none";
        }

        var decision = await host.DecideAsync(request, TestContext.Current.CancellationToken);
        if (decision is AdmissionDecision.Failed failed)
        {
            return failed.Message;
        }

        var output = new ArrayBufferWriter<byte>();
        AdmissionResponder.Write(output, request, decision);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
