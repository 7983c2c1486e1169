using System.Text.Json.Nodes;

namespace Provisioning.Resources;

/// <summary>
/// How one kind of object is told which database its control plane has: where the names of the Secrets stand in it. Pure and without state.
/// Writing what is there already changes nothing.
/// </summary>
public abstract class ConsumerShape
{
    /// <summary>Chart values as k0rdent's templates take them: <c>dataSource.kineDataSourceSecretName</c>. The default.</summary>
    public const string K0rdentProfile = "k0rdent";

    /// <summary>The values of vcluster's chart.</summary>
    public const string VclusterProfile = "vcluster";

    /// <summary>The profiles of a HelmRelease.</summary>
    public static IReadOnlyList<string> Profiles { get; } = [K0rdentProfile, VclusterProfile];

    /// <summary>The field in which the DSN's Secret is named, for messages.</summary>
    public abstract string Field { get; }

    /// <summary>Whether something on the way of the DSN may cut a list of hosts at its commas.</summary>
    public virtual bool CutsLists => false;

    /// <summary>The paths at which there must be objects, where there is anything.</summary>
    protected abstract IEnumerable<string[]> Objects { get; }

    /// <summary>The paths at which there must be lists, where there is anything.</summary>
    protected abstract IEnumerable<string[]> Lists { get; }

    /// <summary>The paths at which somebody could write a DSN by hand: there it would stand open in the object.</summary>
    protected abstract IEnumerable<string[]> Urls { get; }

    /// <summary>The shape of a HelmRelease; null: there is no such profile.</summary>
    public static ConsumerShape? OfRelease(string? profile) => profile switch
    {
        null or "" or K0rdentProfile => new K0rdentShape(),
        VclusterProfile => new VclusterShape(),
        _ => null,
    };

    /// <summary>The shape of a k0smotron Cluster in a version of its API.</summary>
    public static ConsumerShape OfCluster(string version) => version == "v1beta1" ? new K0smotronShape() : new K0smotronStorageShape();

    /// <summary>What stands in the way of writing.</summary>
    public virtual IEnumerable<FieldViolation> FindViolations(JsonObject root)
    {
        ArgumentNullException.ThrowIfNull(root);
        foreach (var path in Objects.Where(path => JsonDraft.Find(root, path) is not (null or JsonObject)))
        {
            yield return FieldViolation.TypeInvalid(string.Join('.', path), Rejections.MustBeObject);
        }

        foreach (var path in Lists.Where(path => JsonDraft.Find(root, path) is not (null or JsonArray)))
        {
            yield return FieldViolation.TypeInvalid(string.Join('.', path), Rejections.MustBeList);
        }

        foreach (var path in Urls.Where(path => JsonDraft.Find(root, path) is not null && JsonDraft.Text(root, path) != ""))
        {
            yield return FieldViolation.Forbidden(string.Join('.', path), Rejections.DsnInObject);
        }
    }

    /// <summary>What the object names; null: no Secret with a DSN.</summary>
    public abstract ControlPlaneSecrets? Read(JsonObject root);

    /// <summary>Names the Secrets. The object must be without violations.</summary>
    public abstract void Write(JsonDraft draft, ControlPlaneSecrets secrets);

    /// <summary>A volume's source that puts the CA where control planes look for it.</summary>
    protected static JsonObject AuthorityVolume(AuthoritySecret authority)
    {
        ArgumentNullException.ThrowIfNull(authority);
        return new JsonObject
        {
            ["secretName"] = authority.Name,
            ["defaultMode"] = 420,
            ["items"] = new JsonArray { new JsonObject { ["key"] = authority.Key, ["path"] = ControlPlaneSecrets.AuthorityFile } },
        };
    }

    /// <summary>The CA that an item of a list of volumes mounts; null: none.</summary>
    protected static AuthoritySecret? ReadAuthority(JsonNode? item) =>
        JsonDraft.Text(item, "secret", "secretName") is { Length: > 0 } name
            ? new AuthoritySecret(name, item!["secret"]!["items"] is JsonArray { Count: > 0 } items ? JsonDraft.Text(items[0], "key") ?? "" : "")
            : null;

    /// <summary>Makes an item the only one of its kind in a list; null: takes those of its kind out.</summary>
    /// <param name="draft">Where.</param>
    /// <param name="isOurs">Which items are of the kind.</param>
    /// <param name="item">The item; null: none.</param>
    /// <param name="path">The list.</param>
    protected static void SetItem(JsonDraft draft, Func<JsonNode?, bool> isOurs, JsonObject? item, params ReadOnlySpan<string> path)
    {
        ArgumentNullException.ThrowIfNull(draft);
        var present = JsonDraft.Find(draft.Root, path) as JsonArray ?? [];
        var ours = present.Where(isOurs).ToList();
        if (item is null ? ours.Count == 0 : ours is [var only] && JsonNode.DeepEquals(only, item))
        {
            return;
        }

        var place = ours.Count == 0 ? present.Count : present.IndexOf(ours[0]);
        var items = present.Where((other, index) => index < place || !isOurs(other)).Select(other => other?.DeepClone()).ToList();
        if (item is not null)
        {
            items.Insert(place, item);
        }

        draft.Set(new JsonArray([.. items]), path);
    }
}
