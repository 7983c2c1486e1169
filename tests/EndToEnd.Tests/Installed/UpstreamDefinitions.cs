using ControlPlane.Client;

namespace EndToEnd.Tests.Installed;

/// <summary>
/// The CustomResourceDefinitions that k0rdent, Flux and k0smotron install, as they are, where this machine has them: in the folder that
/// <c>K0RDENT_CRDS</c> names, else in <c>shared/crds</c> beside this repository. They are not ours to keep.
/// </summary>
internal static class UpstreamDefinitions
{
    private static readonly string[] Required =
    [
        "clusterdatasources.k0rdent.mirantis.com", "clusterdeployments.k0rdent.mirantis.com", "datasources.k0rdent.mirantis.com", "helmreleases.helm.toolkit.fluxcd.io",
    ];

    private static readonly Lazy<string?> Found = new(Find);

    /// <summary>Where they are; null: this machine has none.</summary>
    /// <exception cref="InvalidOperationException"><c>K0RDENT_CRDS</c> names a folder without a kind that k0rdent brings.</exception>
    public static string? Folder => Found.Value;

    /// <summary>Why a test cannot run that needs them.</summary>
    public static string Missing =>
        "there are no definitions of upstream's on this machine: name their folder in K0RDENT_CRDS, or put them into shared/crds beside this repository";

    /// <summary>Whether upstream's definition of a kind is among them.</summary>
    public static bool Has(string definition) => Folder is not null && Names(Folder).Contains(definition, StringComparer.Ordinal);

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("K0RDENT_CRDS") is { Length: > 0 } named)
        {
            var names = Names(named);
            var lacking = Required.Except(names, StringComparer.Ordinal).ToList();
            return lacking.Count == 0 ? named : throw new InvalidOperationException($"K0RDENT_CRDS: {named} lacks {string.Join(", ", lacking)}.");
        }

        var beside = Path.Combine(Directory.GetParent(Repository.Root)!.FullName, "shared", "crds");
        return Directory.Exists(beside) && !Required.Except(Names(beside), StringComparer.Ordinal).Any() ? beside : null;
    }

    private static List<string> Names(string folder) =>
    [
        .. Directory.GetFiles(folder, "*.yaml").SelectMany(file => Manifest.Read(File.ReadAllText(file)))
            .Where(o => (string?)o["kind"] == "CustomResourceDefinition")
            .Select(o => (string)o["metadata"]!["name"]!),
    ];
}
