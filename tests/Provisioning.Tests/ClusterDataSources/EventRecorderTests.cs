using System.Text;
using Microsoft.Extensions.Logging;
using Provisioning.ClusterDataSources;

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

    private static string Repeat(string character, int count) => string.Concat(Enumerable.Repeat(character, count));

    private async Task<string> RecordAsync(string note)
    {
        world.PutClusterDataSource();
        foreach (var old in world.Events)
        {
            world.Kubernetes.Remove("events", old.Key);
        }

        var recorder = new EventRecorder(world.Kubernetes, world.Time, world.Logs.CreateLogger<EventRecorder>());
        await recorder.WarningAsync(world.Stored, "Provision", "Reason", note, TestContext.Current.CancellationToken);
        return Assert.Single(world.Events).Note;
    }
}
