using System.Text.Json.Nodes;
using ControlPlane.Http;
using ControlPlane.Schema;

namespace ControlPlane.Writing;

/// <summary>CustomResourceDefinitions: what is completed, checked, and written into their status.</summary>
internal static class DefinitionRules
{
    /// <summary>The finalizer that holds a definition until its objects are gone.</summary>
    public const string Cleanup = "customresourcecleanup.apiextensions.k8s.io";

    /// <summary>Fills names and status in: here a definition is established at once.</summary>
    public static void Prepare(JsonObject? old, JsonObject o, DateTimeOffset now)
    {
        if (o["spec"]?["names"] is not JsonObject names || o["spec"]?["versions"] is not JsonArray versions)
        {
            return;
        }

        names["singular"] ??= names["kind"].Text()?.ToLowerInvariant();
        names["listKind"] ??= names["kind"].Text() + "List";
        if (old is null)
        {
            var finalizers = o.Child("metadata")["finalizers"] as JsonArray ?? [];
            finalizers.Add(Cleanup);
            o["metadata"]!["finalizers"] = finalizers.DeepClone();
        }

        var stored = versions.Where(v => v!["storage"].IsTrue()).Select(v => v!["name"].Text()!);
        var before = old?["status"]?["storedVersions"].Texts() ?? [];
        o["status"] = new JsonObject
        {
            ["acceptedNames"] = names.DeepClone(),
            ["conditions"] = old?["status"]?["conditions"]?.DeepClone() ?? new JsonArray(
                Condition("NamesAccepted", "NoConflicts", "no conflicts found", now),
                Condition("Established", "InitialNamesAccepted", "the initial names have been accepted", now)),
            ["storedVersions"] = new JsonArray([.. before.Union(stored, StringComparer.Ordinal).Select(v => (JsonNode?)JsonValue.Create(v))]),
        };
    }

    /// <summary>Checks what the serving of the resource depends on.</summary>
    public static void Validate(JsonObject o, List<FieldError> errors)
    {
        var spec = o["spec"];
        if (spec?["names"] is not JsonObject names || spec["versions"] is not JsonArray { Count: > 0 } versions)
        {
            errors.Add(FieldError.Required("spec.versions"));
            return;
        }

        foreach (var name in (string[])["plural", "kind"])
        {
            if (string.IsNullOrEmpty(names[name].Text()))
            {
                errors.Add(FieldError.Required($"spec.names.{name}"));
            }
        }

        if (spec["scope"].Text() is not ("Namespaced" or "Cluster"))
        {
            errors.Add(FieldError.Required("spec.scope"));
        }

        var expected = $"{names["plural"].Text()}.{spec["group"].Text()}";
        if (o["metadata"]!["name"].Text() is { } actual && actual != expected)
        {
            errors.Add(FieldError.Invalid("metadata.name", Validation.Quote(actual), $"must be spec.names.plural+\".\"+spec.group"));
        }

        if (versions.Count(v => v!["storage"].IsTrue()) != 1)
        {
            errors.Add(FieldError.Invalid(
                "spec.versions", versions.ToJsonString(), "must have exactly one version marked as storage version"));
        }

        for (var i = 0; i < versions.Count; i++)
        {
            if (versions[i]!["schema"]?["openAPIV3Schema"] is not JsonObject schema)
            {
                errors.Add(FieldError.Required($"spec.versions[{i}].schema.openAPIV3Schema", "schemas are required"));
            }
            else if (schema["type"].Text() != "object")
            {
                errors.Add(FieldError.Invalid(
                    $"spec.versions[{i}].schema.openAPIV3Schema.type",
                    Validation.Quote(schema["type"].Text() ?? ""),
                    "must be object at the root"));
            }
        }
    }

    private static JsonObject Condition(string type, string reason, string message, DateTimeOffset now) => new()
    {
        ["lastTransitionTime"] = ObjectMetadata.Format(now),
        ["message"] = message,
        ["reason"] = reason,
        ["status"] = "True",
        ["type"] = type,
    };
}
