using System.Text.Json.Nodes;

namespace Provisioning.Resources;

/// <summary>
/// A HelmRelease of vcluster's chart (0.20 and later). The chart takes the DSN itself and no Secret's name, so Flux is told to take it out of
/// our Secret: it never stands in the release.
/// </summary>
internal sealed class VclusterShape : ConsumerShape
{
    private const string Volume = "kine-ca";
    private static readonly string[] External = ["spec", "values", "controlPlane", "backingStore", "database", "external"];
    private static readonly string[] Persistence = ["spec", "values", "controlPlane", "statefulSet", "persistence"];
    private static readonly string[] ValuesFrom = ["spec", "valuesFrom"];
    private static readonly string TargetPath = string.Join('.', [.. External[2..], "dataSource"]);

    /// <inheritdoc/>
    public override string Field => "spec.valuesFrom";

    /// <inheritdoc/>
    public override bool CutsLists => true;

    /// <inheritdoc/>
    protected override IEnumerable<string[]> Objects =>
        [.. Enumerable.Range(1, External.Length).Select(length => External[..length]), .. Enumerable.Range(4, 2).Select(length => Persistence[..length])];

    /// <inheritdoc/>
    protected override IEnumerable<string[]> Lists => [ValuesFrom, [.. Persistence, "addVolumes"], [.. Persistence, "addVolumeMounts"]];

    /// <inheritdoc/>
    protected override IEnumerable<string[]> Urls => [[.. External, "dataSource"], [.. External, "connector"]];

    /// <inheritdoc/>
    public override IEnumerable<FieldViolation> FindViolations(JsonObject root) =>
        base.FindViolations(root).Concat(ReleaseValues.FindOverrides(root, string.Join('.', External[2..]), TargetPath));

    /// <inheritdoc/>
    public override ControlPlaneSecrets? Read(JsonObject root)
    {
        var references = JsonDraft.Find(root, ValuesFrom) as JsonArray ?? [];
        var kine = JsonDraft.Text(references.FirstOrDefault(IsReference), "name");
        var volumes = JsonDraft.Find(root, [.. Persistence, "addVolumes"]) as JsonArray ?? [];
        return string.IsNullOrEmpty(kine) ? null : new ControlPlaneSecrets(kine, ReadAuthority(volumes.FirstOrDefault(IsVolume)));
    }

    /// <inheritdoc/>
    public override void Write(JsonDraft draft, ControlPlaneSecrets secrets)
    {
        var reference = new JsonObject
        {
            ["kind"] = "Secret",
            ["name"] = secrets.Kine,
            ["valuesKey"] = ControlPlaneSecrets.DsnKey,
            ["targetPath"] = TargetPath,

            // Else a list of hosts would be taken apart at its commas. An older Flux drops this field.
            ["literal"] = true,
        };
        SetItem(draft, IsReference, reference, ValuesFrom);
        draft.Set(true, [.. External, "enabled"]);
        SetItem(draft, IsVolume, Named(secrets.Authority is { } found ? new JsonObject { ["secret"] = AuthorityVolume(found) } : null), [.. Persistence, "addVolumes"]);
        SetItem(
            draft,
            IsVolume,
            Named(secrets.Authority is null ? null : new JsonObject { ["mountPath"] = ControlPlaneSecrets.AuthorityFolder, ["readOnly"] = true }),
            [.. Persistence, "addVolumeMounts"]);
        const string path = $"{ControlPlaneSecrets.AuthorityFolder}/{ControlPlaneSecrets.AuthorityFile}";
        if (secrets.Authority is not null)
        {
            draft.Set(path, [.. External, "caFile"]);
        }
        else if (JsonDraft.Text(draft.Root, [.. External, "caFile"]) == path)
        {
            draft.Remove([.. External, "caFile"]);
        }
    }

    private static JsonObject? Named(JsonObject? item)
    {
        item?.Insert(0, "name", Volume);
        return item;
    }

    private static bool IsReference(JsonNode? item) => JsonDraft.Text(item, "targetPath") == TargetPath;

    private static bool IsVolume(JsonNode? item) => JsonDraft.Text(item, "name") == Volume;
}
