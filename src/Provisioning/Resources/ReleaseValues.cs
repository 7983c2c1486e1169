using System.Text.Json.Nodes;

namespace Provisioning.Resources;

/// <summary>How Flux composes the values of a HelmRelease.</summary>
internal static class ReleaseValues
{
    /// <summary>Items of <c>spec.valuesFrom</c> whose <c>targetPath</c> is a place of ours, or above or below it: they win over <c>spec.values</c>.</summary>
    /// <param name="root">The release.</param>
    /// <param name="place">The place within the values.</param>
    /// <param name="own">The one path that is ours; null: none is.</param>
    public static IEnumerable<FieldViolation> FindOverrides(JsonObject root, string place, string? own) =>
        (JsonDraft.Find(root, "spec", "valuesFrom") as JsonArray ?? [])
            .Select((item, index) => (Path: JsonDraft.Text(item, "targetPath"), Index: index))
            .Where(item => item.Path is { Length: > 0 } path && path != own && AreOnOneWay(Plain(path), place))
            .Select(item => FieldViolation.Forbidden(
                $"spec.valuesFrom[{item.Index}].targetPath", FieldViolation.Detail(Rejections.TargetPathWins, $"spec.values.{place}")));

    // Helm's notation quotes with a backslash and ends a key at a bracket too.
    private static string Plain(string path) => path.Replace("\\", "", StringComparison.Ordinal).Replace('[', '.');

    private static bool AreOnOneWay(string one, string other) =>
        $"{one}.".StartsWith($"{other}.", StringComparison.Ordinal) || $"{other}.".StartsWith($"{one}.", StringComparison.Ordinal);
}
