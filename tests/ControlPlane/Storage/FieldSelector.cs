using System.Text.Json.Nodes;
using ControlPlane.Http;
using ControlPlane.Resources;

namespace ControlPlane.Storage;

/// <summary>A field selector: name and namespace for every kind, and the few fields more that built-in kinds allow.</summary>
internal sealed class FieldSelector
{
    private static readonly HashSet<string> Always = new(["metadata.name", "metadata.namespace"], StringComparer.Ordinal);

    private static readonly Dictionary<string, string[]> More = new(StringComparer.Ordinal)
    {
        ["/events"] =
        [
            "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid", "involvedObject.apiVersion",
            "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason", "reportingComponent", "source", "type",
        ],
        ["/secrets"] = ["type"],
        ["/namespaces"] = ["status.phase"],
        ["/pods"] = ["spec.nodeName", "spec.serviceAccountName", "status.phase"],
    };

    private readonly IReadOnlyList<(string Field, bool IsEqual, string Value)> _requirements;

    private FieldSelector(IReadOnlyList<(string Field, bool IsEqual, string Value)> requirements) => _requirements = requirements;

    /// <summary>Parses <c>metadata.name=a,metadata.namespace!=b</c>.</summary>
    /// <exception cref="ApiException">400: no selector, or a field that the kind does not offer.</exception>
    public static FieldSelector Parse(string? text, ResourceDefinition resource)
    {
        var requirements = new List<(string, bool, string)>();
        foreach (var part in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var isEqual = !part.Contains("!=", StringComparison.Ordinal);
            var sides = part.Split(isEqual ? (part.Contains("==", StringComparison.Ordinal) ? "==" : "=") : "!=", 2);
            if (sides.Length != 2)
            {
                throw ApiException.BadRequest($"invalid selector: '{part}'; can't understand '{part}'");
            }

            if (!Always.Contains(sides[0])
                && !(More.TryGetValue(resource.StorageName, out var more) && more.Contains(sides[0], StringComparer.Ordinal)))
            {
                throw ApiException.BadRequest($"field label not supported: {sides[0]}");
            }

            requirements.Add((sides[0], isEqual, sides[1]));
        }

        return new FieldSelector(requirements);
    }

    /// <summary>Whether the object is selected.</summary>
    public bool Matches(JsonObject o) => _requirements.All(r => (Read(o, r.Field) == r.Value) == r.IsEqual);

    private static string Read(JsonObject o, string field)
    {
        JsonNode? node = o;
        foreach (var part in field.Split('.'))
        {
            node = (node as JsonObject)?[part];
        }

        return node.Text() ?? "";
    }
}
