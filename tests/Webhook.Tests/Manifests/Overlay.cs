using System.Collections.Concurrent;
using YamlDotNet.RepresentationModel;

namespace Webhook.Tests.Manifests;

/// <summary>What <c>kubectl apply -k</c> would send, built once for each overlay.</summary>
internal static class Overlay
{
    private static readonly ConcurrentDictionary<string, Task<IReadOnlyList<YamlNode>>> Built = new(StringComparer.Ordinal);

    /// <summary>The objects of an overlay below <c>manifests/</c>; skips the test where kubectl cannot build it.</summary>
    public static async Task<IReadOnlyList<YamlNode>> BuildAsync(string folder)
    {
        await InstalledKubectl.RequireAsync(21, "kustomize components");
        return await Built.GetOrAdd(folder, BuildOnceAsync);
    }

    public static YamlNode One(this IReadOnlyList<YamlNode> objects, string kind, string name) =>
        objects.Single(o => o.Text("kind") == kind && o.Text("metadata.name") == name);

    public static IEnumerable<YamlNode> OfKind(this IReadOnlyList<YamlNode> objects, string kind) => objects.Where(o => o.Text("kind") == kind);

    private static async Task<IReadOnlyList<YamlNode>> BuildOnceAsync(string folder)
    {
        var (exitCode, output, error) = await Tool.RunAsync("kubectl", "kustomize", $"manifests/{folder}");
        Assert.Equal((0, ""), (exitCode, error));
        return Manifest.Parse(output);
    }
}
