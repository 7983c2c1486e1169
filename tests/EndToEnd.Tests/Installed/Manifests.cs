using System.Text.Json.Nodes;
using ControlPlane.Client;

namespace EndToEnd.Tests.Installed;

/// <summary>What <c>manifests/</c> installs, as JSON objects. Read from the files, because Debian's kubectl is too old to build them.</summary>
internal static class Manifests
{
    private static readonly string[] Folders = ["manifests/webhook", "manifests/controller"];

    /// <summary>The rights and the accounts that they are for, the namespace first.</summary>
    public static async Task<IReadOnlyList<JsonObject>> AccessAsync(CancellationToken cancellationToken)
    {
        string[] kinds = ["Namespace", "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"];
        var objects = (await Manifest.ReadFilesAsync(Repository.Path("manifests/base"), cancellationToken)).ToList();
        foreach (var folder in Folders)
        {
            objects.AddRange(await Manifest.ReadFilesAsync(Repository.Path(folder), cancellationToken));
        }

        return [.. objects.Where(o => kinds.Contains((string?)o["kind"], StringComparer.Ordinal))];
    }

    /// <summary>The environment of a Deployment's only container, and the ServiceAccount that it runs as.</summary>
    public static async Task<(Dictionary<string, string> Environment, string Account)> ProcessAsync(string folder, CancellationToken cancellationToken)
    {
        var deployment = (await Manifest.ReadFilesAsync(Repository.Path($"manifests/{folder}"), cancellationToken)).Single(o => (string?)o["kind"] == "Deployment");
        var pod = deployment["spec"]!["template"]!["spec"]!;
        var variables = pod["containers"]!.AsArray().Single()!["env"]!.AsArray()
            .Where(variable => variable!["value"] is not null)
            .ToDictionary(variable => (string)variable!["name"]!, variable => variable!["value"]!.ToString(), StringComparer.Ordinal);
        return (variables, (string)pod["serviceAccountName"]!);
    }
}
