using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Provisioning.ClusterDataSources;
using Provisioning.Kubernetes;
using Provisioning.Resources;

namespace Provisioning.Tests.ClusterDataSources;

public sealed class EventRecorderTests
{
    private readonly World world = new();

    [Theory]
    [InlineData("a", 1024)]
    [InlineData("\u00e9", 512)]
    [InlineData("\u20ac", 341)]
    [InlineData("\U0001F418", 256)]
    public async Task A_note_never_has_more_bytes_than_the_API_takes(string character, int fitting)
    {
        Assert.Equal(Repeat(character, fitting), await RecordAsync(Repeat(character, fitting)));

        var cut = await RecordAsync(Repeat(character, fitting + 1));
        Assert.EndsWith("...", cut, StringComparison.Ordinal);
        Assert.InRange(Encoding.UTF8.GetByteCount(cut), 1018, 1024);
        Assert.Equal(Repeat(character, (cut.Length - 3) / character.Length), cut[..^3]);
    }

    [Fact]
    public void An_object_of_the_whole_cluster_is_read_as_the_API_server_writes_it()
    {
        var regarding = JsonSerializer.Deserialize<ObjectReference>(
            """{"apiVersion":"v1","kind":"Namespace","name":"tenant","uid":"1"}""", KubernetesJson.Options);

        Assert.Equal("", regarding!.Namespace);
    }

    [Fact]
    public async Task Says_the_same_about_the_ClusterDeployment_that_people_describe()
    {
        world.PutClusterDataSource();
        var owner = new OwnerReference
        {
            ApiVersion = ClusterDeployment.ResourceType.ApiVersion,
            Kind = "ClusterDeployment",
            Name = World.Cluster,
            Uid = "the-deployment",
            Controller = true,
        };
        world.Kubernetes.Put(world.Stored with { Metadata = world.Stored.Metadata with { OwnerReferences = [owner] } });

        await world.ReconcileAsync();
        await NewRecorder().NormalAsync(world.Stored, "Provision", "Provisioned", world.Events[0].Note, TestContext.Current.CancellationToken);

        var (own, deployments) = (world.Events.Where(said => said.Regarding.Kind == "ClusterDataSource"), world.Events.Where(said => said.Regarding.Kind == "ClusterDeployment"));
        var (about, again) = (Assert.Single(own), Assert.Single(deployments));
        Assert.Equal((World.Tenant, World.Cluster, "the-deployment"), (again.Regarding.Namespace, again.Regarding.Name, again.Regarding.Uid));
        Assert.Equal((about.Type, about.Reason, about.Note, about.Regarding), (again.Type, again.Reason, again.Note, again.Related));
        Assert.Equal((2, 2), (about.Series!.Count, again.Series!.Count));
    }

    private EventRecorder NewRecorder() => new(world.Kubernetes, world.Time, world.Logs.CreateLogger<EventRecorder>());

    private static string Repeat(string character, int count) => string.Concat(Enumerable.Repeat(character, count));

    private async Task<string> RecordAsync(string note)
    {
        world.PutClusterDataSource();
        foreach (var old in world.Events)
        {
            world.Kubernetes.Remove("events", old.Key);
        }

        await NewRecorder().WarningAsync(world.Stored, "Provision", "Reason", note, TestContext.Current.CancellationToken);
        return Assert.Single(world.Events).Note;
    }
}
