using System.CommandLine;
using Provisioning.Inspection;
using Provisioning.Kubernetes;

namespace Webhook.Plugin;

/// <summary><c>kubectl datasource adopt</c>.</summary>
internal static class AdoptCommand
{
    /// <summary>The command.</summary>
    public static Command Create(PluginOptions options, Terminal terminal)
    {
        var cluster = new Argument<string>("cluster") { Description = "The cluster, by the name of its ClusterDataSource." };
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask." };
        var timeout = Duration.TimeoutOption();
        var command = new Command("adopt", "Print the statements that mark a database as a cluster's own, and run them with the DataSource's admin login.") { cluster, yes, timeout };
        command.SetAction((parsed, cancellationToken) => PluginRun.RunAsync(parsed, options, terminal, async (services, inNamespace, wanted) =>
        {
            var name = new NamespacedName(inNamespace, parsed.GetRequiredValue(cluster));
            var adoption = services.GetRequiredService<IClusterAdoption>();
            var preview = await adoption.PreviewAsync(name, cancellationToken);
            if (preview.Refusal is { } refusal)
            {
                await wanted.Error.WriteLineAsync($"Nothing was changed: {refusal}");
                return PluginCommand.Failed;
            }

            if (preview.Statements.Count == 0)
            {
                await wanted.Out.WriteLineAsync($"Nothing of {name} lacks its mark.");
                return PluginCommand.Done;
            }

            foreach (var statement in preview.Statements)
            {
                await wanted.Out.WriteLineAsync($"{statement};");
            }

            await wanted.Out.FlushAsync(cancellationToken);
            if (!await Questions.AskAsync(wanted, $"Everything in it then belongs to {name}. Run this as role {preview.Admin}?", parsed.GetValue(yes), cancellationToken))
            {
                return PluginCommand.NotConfirmed;
            }

            if (await adoption.RunAsync(name, preview, cancellationToken) is { } problem)
            {
                await wanted.Error.WriteLineAsync($"Nothing was changed: {problem}");
                return PluginCommand.Failed;
            }

            await wanted.Out.WriteLineAsync("✓ marked");
            var requests = services.GetRequiredService<IClusterRequests>();
            return await new Following(wanted, parsed.GetValue(timeout), name).RunAsync(token => requests.FollowAsync(name, formerSecret: null, dataSource: null, token), cancellationToken);
        }, cancellationToken));
        return command;
    }
}
