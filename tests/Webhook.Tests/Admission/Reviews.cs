using System.Text.Json.Nodes;
using Webhook.Admission;

namespace Webhook.Tests.Admission;

/// <summary>Reviews that a kube-apiserver really sent, and small changes of them.</summary>
internal static class Reviews
{
    private static readonly string Folder = Repository.Path("tests/Webhook.Tests/Fixtures");

    public static IEnumerable<string> Names => Directory.EnumerateFiles(Folder, "*.json").Select(file => Path.GetFileNameWithoutExtension(file)!).Order(StringComparer.Ordinal);

    public static byte[] Read(string name) => File.ReadAllBytes(Path.Combine(Folder, $"{name}.json"));

    /// <summary>What the webhook makes of a body; null: it is malformed.</summary>
    public static AdmissionRequest? TryRead(byte[] body, HandlerTable? handlers = null)
    {
        try
        {
            return AdmissionReviewReader.Read(body, handlers);
        }
        catch (MalformedReviewException)
        {
            return null;
        }
    }

    public static string ReadText(string name) => File.ReadAllText(Path.Combine(Folder, $"{name}.json"));

    public static string With(string name, Action<JsonObject> change)
    {
        var review = JsonNode.Parse(Read(name))!.AsObject();
        change(review);
        return review.ToJsonString();
    }
}
