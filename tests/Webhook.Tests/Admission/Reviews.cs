using System.Text.Json.Nodes;

namespace Webhook.Tests.Admission;

/// <summary>Reviews that a kube-apiserver really sent, and small changes of them.</summary>
internal static class Reviews
{
    public static IEnumerable<string> Names => Directory.EnumerateFiles(Folder(), "*.json").Select(file => Path.GetFileNameWithoutExtension(file)!).Order(StringComparer.Ordinal);

    public static byte[] Read(string name) => File.ReadAllBytes(Path.Combine(Folder(), $"{name}.json"));

    public static string ReadText(string name) => File.ReadAllText(Path.Combine(Folder(), $"{name}.json"));

    public static string With(string name, Action<JsonObject> change)
    {
        var review = JsonNode.Parse(Read(name))!.AsObject();
        change(review);
        return review.ToJsonString();
    }

    private static string Folder()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Webhook.sln")))
        {
            directory = directory.Parent ?? throw new InvalidOperationException("Webhook.sln is in no folder above the test.");
        }

        return Path.Combine(directory.FullName, "tests", "Webhook.Tests", "Fixtures");
    }
}
