using System.CommandLine;
using Provisioning.Inspection;
using Provisioning.Kubernetes;

namespace Webhook.Plugin;

/// <summary><c>kubectl datasource status</c>.</summary>
internal static class StatusCommand
{
    /// <summary>How many clusters are looked at at the same time.</summary>
    private const int MaxAtOnce = 8;

    /// <summary>The command.</summary>
    public static Command Create(PluginOptions options, Terminal terminal)
    {
        var cluster = new Argument<string?>("cluster") { Description = "Default: every cluster of the namespace.", DefaultValueFactory = _ => null };
        var everywhere = new Option<bool>("--all-namespaces", "-A") { Description = "Every cluster of all namespaces." };
        var output = new Option<string>("--output", "-o") { Description = "How the result is printed.", DefaultValueFactory = _ => "tree" };
        output.AcceptOnlyFromAmong("tree", "json");
        var command = new Command("status", "Show what a cluster's database consists of, from its ClusterDeployment to its server, and what is wrong with it.")
        {
            cluster, everywhere, output,
        };
        command.SetAction((parsed, cancellationToken) => PluginRun.RunAsync(parsed, options, terminal, async (services, inNamespace, wanted) =>
        {
            var inspector = services.GetRequiredService<IClusterInspector>();
            var names = parsed.GetValue(cluster) is { } one
                ? [new NamespacedName(inNamespace, one)]
                : await inspector.ListAsync(parsed.GetValue(everywhere) ? null : inNamespace, cancellationToken);
            var reports = await InspectAsync(inspector, names, cancellationToken);
            await WriteAsync(reports, parsed.GetRequiredValue(output) == "json", wanted, inNamespace);
            return !reports.All(report => report.IsHealthy) ? PluginCommand.Failed
                : !reports.All(report => report.IsComplete) ? PluginCommand.Incomplete
                : PluginCommand.Done;
        }, cancellationToken));
        return command;
    }

    private static async Task<ClusterReport[]> InspectAsync(IClusterInspector inspector, IReadOnlyList<NamespacedName> names, CancellationToken cancellationToken)
    {
        var reports = new ClusterReport[names.Count];
        await Parallel.ForEachAsync(
            names.Index(),
            new ParallelOptions { MaxDegreeOfParallelism = MaxAtOnce, CancellationToken = cancellationToken },
            async (name, token) => reports[name.Index] = await inspector.InspectAsync(name.Item, token));
        return reports;
    }

    private static async Task WriteAsync(ClusterReport[] reports, bool asJson, Terminal terminal, string inNamespace)
    {
        if (asJson)
        {
            await terminal.Out.WriteLineAsync(ReportJson.Write(reports));
            return;
        }

        if (reports.Length == 0)
        {
            await terminal.Error.WriteLineAsync($"No ClusterDataSource found in namespace {inNamespace}; -A looks in all.");
        }

        var console = terminal.CreateConsole();
        foreach (var report in reports)
        {
            console.Write(ReportTree.Of(report, terminal.IsStyled));
        }
    }
}
