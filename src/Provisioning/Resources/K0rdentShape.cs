using System.Text.Json.Nodes;

namespace Provisioning.Resources;

/// <summary>A HelmRelease whose chart takes its values as k0rdent's templates do: what kcm writes there, to the letter.</summary>
internal sealed class K0rdentShape : ConsumerShape
{
    private static readonly string[] Target = ["spec", "values", "dataSource"];

    /// <inheritdoc/>
    public override string Field => "spec.values.dataSource";

    /// <inheritdoc/>
    protected override IEnumerable<string[]> Objects => [["spec"], ["spec", "values"]];

    /// <inheritdoc/>
    protected override IEnumerable<string[]> Lists => [];

    /// <inheritdoc/>
    protected override IEnumerable<string[]> Urls => [];

    /// <inheritdoc/>
    public override IEnumerable<FieldViolation> FindViolations(JsonObject root) =>
        base.FindViolations(root).Concat(ReleaseValues.FindOverrides(root, "dataSource", own: null));

    /// <inheritdoc/>
    public override ControlPlaneSecrets? Read(JsonObject root)
    {
        var found = JsonDraft.Find(root, Target);
        return JsonDraft.Text(found, "kineDataSourceSecretName") is { Length: > 0 } kine
            ? new ControlPlaneSecrets(
                kine,
                JsonDraft.Text(found, "caSecret", "name") is { Length: > 0 } name ? new AuthoritySecret(name, JsonDraft.Text(found, "caSecret", "key") ?? "") : null)
            : null;
    }

    /// <inheritdoc/>
    public override void Write(JsonDraft draft, ControlPlaneSecrets secrets)
    {
        var values = new JsonObject { ["kineDataSourceSecretName"] = secrets.Kine };
        if (secrets.Authority is { } authority)
        {
            values["caSecret"] = new JsonObject { ["name"] = authority.Name, ["key"] = authority.Key };
        }

        draft.Set(values, Target);
    }
}
