using System.Text.Json.Nodes;
using YamlDotNet.RepresentationModel;

namespace Webhook.Tests.Manifests;

/// <summary>What monitoring needs besides its expressions, which EndToEnd.Tests checks against running processes.</summary>
public sealed class MonitoringTests
{
    private static readonly string[] Folders = ["webhook", "controller"];
    private static readonly string[] Severities = ["critical", "warning"];

    private static List<YamlNode> Alerts =>
        [.. Manifest.Read("monitoring/rules.yaml").Single().Sequence("spec.groups").SelectMany(group => group.Sequence("rules"))];

    [Fact]
    public void Every_alert_has_a_runbook_under_a_heading_of_its_name()
    {
        var headings = File.ReadLines(Repository.Path("docs/operate.md")).Where(line => line.StartsWith("### ", StringComparison.Ordinal)).Select(line => line[4..]).ToList();

        Assert.NotEmpty(Alerts);
        Assert.All(Alerts, alert =>
        {
            var name = alert.Text("alert");
            Assert.Contains(name, headings);
            Assert.Equal($"docs/operate.md#{name.ToLowerInvariant()}", alert.Text("annotations.runbook"));
            Assert.NotEmpty(alert.Text("annotations.summary"));
            Assert.NotEmpty(alert.Text("annotations.description"));
            Assert.NotEmpty(alert.Text("for"));
            Assert.Contains(alert.Text("labels.severity"), Severities);
        });
    }

    [Fact]
    public void Every_replica_of_both_roles_is_scraped_where_it_listens()
    {
        var service = Manifest.Read("monitoring/servicemonitor.yaml").Single(document => document.Text("kind") == "Service");
        var monitor = Manifest.Read("monitoring/servicemonitor.yaml").Single(document => document.Text("kind") == "ServiceMonitor");
        var pods = Folders.Select(folder => Manifest.Read($"{folder}/deployment.yaml")[0].Find("spec.template")!).ToList();

        Assert.All(((YamlMappingNode)monitor.Find("spec.selector.matchLabels")!).Children, label => Assert.Contains(label, ((YamlMappingNode)service.Find("metadata.labels")!).Children));
        Assert.Equal(service.Sequence("spec.ports").Single().Text("name"), monitor.Sequence("spec.endpoints").Single().Text("port"));
        Assert.All(pods, pod =>
        {
            Assert.All(((YamlMappingNode)service.Find("spec.selector")!).Children, label => Assert.Contains(label, ((YamlMappingNode)pod.Find("metadata.labels")!).Children));
            Assert.Contains(
                pod.Sequence("spec.containers").Single().Sequence("ports"), port => port.Text("name") == service.Sequence("spec.ports").Single().Text("targetPort"));
        });
    }

    [Fact]
    public async Task The_dashboard_is_one_that_Grafana_reads_and_its_panels_do_not_overlap()
    {
        var dashboard = JsonNode.Parse(await File.ReadAllTextAsync(Repository.Path("manifests/monitoring/dashboard.json"), TestContext.Current.CancellationToken))!;
        var panels = dashboard["panels"]!.AsArray().Select(panel => panel!).ToList();
        var cells = panels.SelectMany(panel => Cells(panel["gridPos"]!)).ToList();

        Assert.Equal(panels.Count, panels.Select(panel => (int)panel["id"]!).Distinct().Count());
        Assert.Equal(cells.Count, cells.Distinct().Count());
        Assert.All(panels, panel => Assert.Equal("${datasource}", (string?)panel["datasource"]!["uid"]));
        Assert.Equal("datasource", (string?)dashboard["templating"]!["list"]!.AsArray().Single()!["name"]);
    }

    private static IEnumerable<(int X, int Y)> Cells(JsonNode place) =>
        from x in Enumerable.Range((int)place["x"]!, (int)place["w"]!)
        from y in Enumerable.Range((int)place["y"]!, (int)place["h"]!)
        select (x, y);
}
