using System.Globalization;
using System.Text.Json.Nodes;
using ControlPlane.Http;
using ControlPlane.Resources;

namespace ControlPlane.Tables;

/// <summary>Builds <c>meta.k8s.io/v1 Table</c>, which kubectl prints.</summary>
internal sealed class TableBuilder(ResourceDefinition resource, string includeObject, TimeProvider timeProvider)
{
    private static readonly IReadOnlyList<PrinterColumn> AgeOnly = [new("Age", "date", ".metadata.creationTimestamp", 0, "When the object was stored.", "")];

    private IReadOnlyList<PrinterColumn> Columns => resource.Columns ?? AgeOnly;

    /// <summary>A table of objects.</summary>
    /// <param name="objects">One row each.</param>
    /// <param name="metadata">The list's or object's resource version and continue token.</param>
    /// <param name="withColumns">False after the first event of a watch.</param>
    public JsonObject Build(IEnumerable<JsonObject> objects, JsonObject metadata, bool withColumns)
    {
        var columns = new JsonArray(Column("Name", "string", "name", "The object's name.", 0));
        foreach (var column in Columns)
        {
            columns.Add(Column(column.Name, column.Type, column.Format, column.Description, column.Priority));
        }

        return new JsonObject
        {
            ["kind"] = "Table",
            ["apiVersion"] = "meta.k8s.io/v1",
            ["metadata"] = metadata,
            ["columnDefinitions"] = withColumns ? columns : [],
            ["rows"] = new JsonArray([.. objects.Select(Row)]),
        };
    }

    /// <summary>The object reduced to its metadata.</summary>
    public static JsonObject Partial(JsonObject o) => new()
    {
        ["kind"] = "PartialObjectMetadata",
        ["apiVersion"] = "meta.k8s.io/v1",
        ["metadata"] = o["metadata"]?.DeepClone(),
    };

    private JsonObject Row(JsonObject o)
    {
        var cells = new JsonArray(o["metadata"]!["name"]?.DeepClone());
        foreach (var column in Columns)
        {
            cells.Add(Cell(o, column));
        }

        var row = new JsonObject { ["cells"] = cells };
        if (includeObject != "None")
        {
            row["object"] = includeObject == "Object" ? o.DeepClone() : Partial(o);
        }

        return row;
    }

    private JsonNode? Cell(JsonObject o, PrinterColumn column)
    {
        var separator = column.JsonPath.IndexOf(':', StringComparison.Ordinal);
        var function = resource.IsCustom || separator < 0 ? "" : column.JsonPath[..separator];
        var value = JsonPath.Find(o, function.Length > 0 ? column.JsonPath[(separator + 1)..] : column.JsonPath);
        if (function == "count")
        {
            return JsonValue.Create(value switch
            {
                JsonObject map => map.Count,
                JsonArray list => list.Count,
                _ => 0,
            });
        }

        if (function == "object" || function == "role")
        {
            var kind = value?["kind"].Text();
            return $"{(function == "role" ? kind : kind?.ToLowerInvariant())}/{value?["name"].Text()}";
        }

        if (function == "ready")
        {
            return $"{o["status"]?["readyReplicas"].Number() ?? 0}/{value.Number() ?? 1}";
        }

        if (function == "age" || column.Type == "date")
        {
            return value.Text() is { } text ? Age(text) : resource.IsCustom ? null : "<unknown>";
        }

        return column.Type switch
        {
            "integer" when value is null && !resource.IsCustom => 0,
            "integer" or "number" or "boolean" => value?.DeepClone(),
            _ when value is null => resource.IsCustom ? null : "<none>",
            _ => value.Text() ?? Json.ToText(value),
        };
    }

    /// <summary>The time since, with two units while they are small: 9s, 2m5s, 3h, 4d.</summary>
    private string Age(string timestamp)
    {
        if (!DateTimeOffset.TryParse(timestamp, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
        {
            return "<invalid>";
        }

        var age = timeProvider.GetUtcNow() - time;
        return age.TotalSeconds switch
        {
            < 0 => "0s",
            < 120 => $"{(int)age.TotalSeconds}s",
            < 600 => age.Seconds == 0 ? $"{(int)age.TotalMinutes}m" : $"{(int)age.TotalMinutes}m{age.Seconds}s",
            < 10_800 => $"{(int)age.TotalMinutes}m",
            < 28_800 => age.Minutes == 0 ? $"{(int)age.TotalHours}h" : $"{(int)age.TotalHours}h{age.Minutes}m",
            < 172_800 => $"{(int)age.TotalHours}h",
            _ => $"{(int)age.TotalDays}d",
        };
    }

    private static JsonObject Column(string name, string type, string format, string description, int priority) => new()
    {
        ["name"] = name,
        ["type"] = type,
        ["format"] = format,
        ["description"] = description,
        ["priority"] = priority,
    };
}
