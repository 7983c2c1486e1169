using System.Text.Json.Nodes;

namespace Provisioning.Resources;

/// <summary>A <c>Cluster</c> of <c>k0smotron.io/v1beta1</c>.</summary>
internal class K0smotronShape : ConsumerShape
{
    private static readonly string[] Mounts = ["spec", "mounts"];

    /// <inheritdoc/>
    public override string Field => "spec.kineDataSourceSecretName";

    /// <summary>The path of the Secret's name.</summary>
    protected virtual string[] SecretName => ["spec", "kineDataSourceSecretName"];

    /// <inheritdoc/>
    protected override IEnumerable<string[]> Objects => [["spec"]];

    /// <inheritdoc/>
    protected override IEnumerable<string[]> Lists => [Mounts];

    /// <inheritdoc/>
    protected override IEnumerable<string[]> Urls => [["spec", "kineDataSourceURL"]];

    /// <inheritdoc/>
    public override ControlPlaneSecrets? Read(JsonObject root)
    {
        var mounts = JsonDraft.Find(root, Mounts) as JsonArray ?? [];
        return JsonDraft.Text(root, SecretName) is { Length: > 0 } kine
            ? new ControlPlaneSecrets(kine, ReadAuthority(mounts.FirstOrDefault(IsAuthority)))
            : null;
    }

    /// <inheritdoc/>
    public override void Write(JsonDraft draft, ControlPlaneSecrets secrets)
    {
        draft.Set(secrets.Kine, SecretName);
        var mount = secrets.Authority is { } authority
            ? new JsonObject { ["path"] = ControlPlaneSecrets.AuthorityFolder, ["secret"] = AuthorityVolume(authority) }
            : null;
        SetItem(draft, IsAuthority, mount, Mounts);
    }

    private static bool IsAuthority(JsonNode? mount) => JsonDraft.Text(mount, "path") == ControlPlaneSecrets.AuthorityFolder;
}

/// <summary>A <c>Cluster</c> of <c>k0smotron.io/v1beta2</c> and later.</summary>
internal sealed class K0smotronStorageShape : K0smotronShape
{
    private const string Kine = "kine";
    private static readonly string[] StorageType = ["spec", "storage", "type"];

    /// <inheritdoc/>
    public override string Field => "spec.storage.kine.dataSourceSecretName";

    /// <inheritdoc/>
    protected override string[] SecretName => ["spec", "storage", "kine", "dataSourceSecretName"];

    /// <inheritdoc/>
    protected override IEnumerable<string[]> Objects => [["spec"], ["spec", "storage"], ["spec", "storage", "kine"]];

    /// <inheritdoc/>
    protected override IEnumerable<string[]> Urls => [["spec", "storage", "kine", "dataSourceURL"]];

    /// <inheritdoc/>
    public override IEnumerable<FieldViolation> FindViolations(JsonObject root) =>
        base.FindViolations(root).Concat(
            // "etcd" is the default that the API server fills in.
            JsonDraft.Text(root, StorageType) is { } type and not ("" or "etcd" or Kine)
                ? [FieldViolation.NotSupported(string.Join('.', StorageType), type, Kine)]
                : []);

    /// <inheritdoc/>
    public override ControlPlaneSecrets? Read(JsonObject root) => JsonDraft.Text(root, StorageType) == Kine ? base.Read(root) : null;

    /// <inheritdoc/>
    public override void Write(JsonDraft draft, ControlPlaneSecrets secrets)
    {
        draft.Set(Kine, StorageType);
        base.Write(draft, secrets);
    }
}
