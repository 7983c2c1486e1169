using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Provisioning.Inspection;

namespace Webhook.Plugin;

/// <summary>Clusters' chains as JSON for programs; its form is described in docs/plugin.md.</summary>
internal static class ReportJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>One object with all of them.</summary>
    public static string Write(IReadOnlyList<ClusterReport> reports) => JsonSerializer.Serialize(new { clusters = reports }, Options);
}
