using System.Text.RegularExpressions;

namespace Webhook.Tests;

/// <summary>Keeps the table of ARCHITECTURE.md ("what may use what") true by reading the using lines.</summary>
public sealed partial class DependenciesTests
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Provisioning.Kubernetes"] = [],
        ["Provisioning.Postgres"] = [],
        ["Provisioning.Resources"] = ["Provisioning.Kubernetes"],
        ["Provisioning.Reconciliation"] = ["Provisioning.Kubernetes"],
        ["Provisioning.ClusterDataSources"] =
            ["Provisioning.Resources", "Provisioning.Kubernetes", "Provisioning.Reconciliation", "Provisioning.Postgres"],
        ["Provisioning.Consumers"] =
            ["Provisioning.Resources", "Provisioning.Kubernetes", "Provisioning.Reconciliation", "Provisioning.ClusterDataSources"],
        ["Provisioning.Inspection"] =
            ["Provisioning.Resources", "Provisioning.Kubernetes", "Provisioning.Postgres", "Provisioning.ClusterDataSources"],
        ["Webhook.Admission"] = [],
        ["Webhook.Hosting"] = [],
        ["Webhook.Authorization"] = ["Provisioning.Kubernetes", "Provisioning.Resources"],
        ["Webhook.Validation"] = ["Webhook.Admission", "Webhook.Authorization", "Provisioning.Resources", "Provisioning.Reconciliation", "Provisioning.Kubernetes"],
        ["Webhook.Injection"] = ["Webhook.Admission", "Webhook.Authorization", "Provisioning.Resources", "Provisioning.Reconciliation", "Provisioning.Kubernetes"],
        ["Webhook.SelfSigned"] = ["Webhook.Hosting", "Provisioning.Resources", "Provisioning.Kubernetes"],
        ["Webhook.K0s"] = ["Provisioning.Resources", "Provisioning.Kubernetes"],
        ["Webhook.Plugin"] = ["Webhook.Offline", "Provisioning.Inspection", "Provisioning.Kubernetes"],
        ["Webhook.Offline"] = ["Webhook.Validation", "Webhook.Injection", "Webhook.K0s", "Webhook.Plugin", "Provisioning.Resources", "Provisioning.Kubernetes"],
    };

    [Fact]
    public void Every_folder_uses_only_what_the_table_allows()
    {
        var violations = new List<string>();
        foreach (var (folder, uses) in ReadUses())
        {
            violations.AddRange(uses
                .Where(use => use.Used != folder && !Allowed[folder].Contains(use.Used, StringComparer.Ordinal))
                .Select(use => $"{use.File} uses {use.Used}"));
        }

        Assert.Empty(violations);
    }

    [Fact]
    public void Every_folder_is_in_the_table_and_the_check_sees_its_files()
    {
        var folders = ReadUses().Select(entry => entry.Folder).ToHashSet(StringComparer.Ordinal);

        Assert.Empty(folders.Except(Allowed.Keys, StringComparer.Ordinal));
        Assert.Contains("Provisioning.Kubernetes", folders);
        Assert.Contains("Webhook.Admission", folders);
    }

    private static IEnumerable<(string Folder, List<(string File, string Used)> Uses)> ReadUses()
    {
        var source = Repository.Path("src");
        foreach (var project in Directory.EnumerateDirectories(source))
        {
            foreach (var folder in Directory.EnumerateDirectories(project).Where(path => Path.GetFileName(path) is not ("bin" or "obj" or "Properties")))
            {
                var files = Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories);
                var uses = files.SelectMany(file => OurNamespace().Matches(File.ReadAllText(file))
                    .Select(match => (Path.GetRelativePath(source, file), match.Value))).Distinct().ToList();
                yield return ($"{Path.GetFileName(project)}.{Path.GetFileName(folder)}", uses);
            }
        }
    }

    [GeneratedRegex(@"(?<![\w.""])(?:Provisioning|Webhook)\.(?:Kubernetes|Postgres|Resources|Reconciliation|ClusterDataSources|Consumers|Inspection|Admission|Hosting|Authorization|Validation|Injection|K0s|Offline|Plugin|SelfSigned)\b", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex OurNamespace();
}
