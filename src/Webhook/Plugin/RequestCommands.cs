using System.CommandLine;
using System.Globalization;
using Provisioning.Inspection;
using Provisioning.Kubernetes;

namespace Webhook.Plugin;

/// <summary><c>kubectl datasource rotate</c>, <c>move</c> and <c>release</c>: look first, say what will happen, ask where it is not harmless, then follow it.</summary>
internal sealed class RequestCommands(PluginOptions options, Terminal terminal)
{
    private readonly Argument<string> cluster = new("cluster") { Description = "The cluster, by the name of its ClusterDataSource." };
    private readonly Option<bool> yes = new("--yes", "-y") { Description = "Do not ask." };
    private readonly Option<bool> noWait = new("--no-wait") { Description = "Ask for it and return; the controllers do it all the same." };
    private readonly Option<TimeSpan> timeout = Duration.TimeoutOption();

    /// <summary><c>rotate</c>.</summary>
    public Command Rotate()
    {
        var command = new Command("rotate", "Replace a cluster's password without an outage, and look on until its control plane is told of the new one.") { cluster, noWait, timeout };
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, async (requests, name, wanted) =>
        {
            var preview = await requests.PreviewRotationAsync(name, cancellationToken);
            return preview.Refusal is not null ? await RefuseAsync(preview, wanted) : await DoAsync(
                parsed,
                name,
                wanted,
                () => requests.RequestRotationAsync(name, DateTimeOffset.UtcNow.ToString("O", CultureInfo.InvariantCulture), cancellationToken),
                token => requests.FollowAsync(name, preview.CurrentSecret, dataSource: null, token),
                "The former password works until nobody uses it any more; the Event FormerCredentialsRetired says when it is gone.",
                cancellationToken);
        }, cancellationToken));
        return command;
    }

    /// <summary><c>move</c>.</summary>
    public Command Move()
    {
        var to = new Option<string>("--to") { Description = "The DataSource of the server that has the cluster's database by now.", HelpName = "datasource", Required = true };
        var command = new Command("move", "Let a cluster follow its database to another server, after checking that it is there.") { cluster, to, yes, noWait, timeout };
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, async (requests, name, wanted) =>
        {
            var target = parsed.GetRequiredValue(to);
            var preview = await requests.PreviewMoveAsync(name, target, cancellationToken);
            if (preview.Refusal is not null)
            {
                return await RefuseAsync(preview, wanted);
            }

            return !await ConfirmAsync(preview, $"Move {name} to {target}?", parsed, wanted, cancellationToken) ? PluginCommand.NotConfirmed : await DoAsync(
                parsed,
                name,
                wanted,
                () => requests.RequestMoveAsync(name, target, cancellationToken),
                token => requests.FollowAsync(name, formerSecret: null, target, token),
                closing: null,
                cancellationToken);
        }, cancellationToken));
        return command;
    }

    /// <summary><c>release</c>.</summary>
    public Command Release()
    {
        var command = new Command("release", "Let go of a cluster's database whose deletion waits for something that will not come.") { cluster, yes, noWait, timeout };
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, async (requests, name, wanted) =>
        {
            var preview = await requests.PreviewReleaseAsync(name, cancellationToken);
            if (preview.Refusal is not null)
            {
                return await RefuseAsync(preview, wanted);
            }

            return !await ConfirmAsync(preview, $"Release {name}?", parsed, wanted, cancellationToken) ? PluginCommand.NotConfirmed : await DoAsync(
                parsed,
                name,
                wanted,
                () => requests.RequestReleaseAsync(name, cancellationToken),
                token => requests.FollowReleaseAsync(name, token),
                closing: null,
                cancellationToken);
        }, cancellationToken));
        return command;
    }

    private Task<int> RunAsync(ParseResult parsed, Func<IClusterRequests, NamespacedName, Terminal, Task<int>> run, CancellationToken cancellationToken) => PluginRun.RunAsync(
        parsed,
        options,
        terminal,
        (services, inNamespace, wanted) => run(services.GetRequiredService<IClusterRequests>(), new NamespacedName(inNamespace, parsed.GetRequiredValue(cluster)), wanted),
        cancellationToken);

    private static async Task<int> RefuseAsync(RequestPreview preview, Terminal wanted)
    {
        foreach (var line in preview.Lines)
        {
            await wanted.Out.WriteLineAsync(line);
        }

        await wanted.Error.WriteLineAsync($"Nothing was changed: {preview.Refusal}");
        return PluginCommand.Failed;
    }

    private async Task<bool> ConfirmAsync(RequestPreview preview, string question, ParseResult parsed, Terminal wanted, CancellationToken cancellationToken)
    {
        foreach (var line in preview.Lines)
        {
            await wanted.Out.WriteLineAsync(line);
        }

        await wanted.Out.FlushAsync(cancellationToken);
        return await Questions.AskAsync(wanted, question, parsed.GetValue(yes), cancellationToken);
    }

    private async Task<int> DoAsync(
        ParseResult parsed,
        NamespacedName name,
        Terminal wanted,
        Func<Task> request,
        Func<CancellationToken, Task<RequestProgress>> look,
        string? closing,
        CancellationToken cancellationToken)
    {
        await request();
        await wanted.Out.WriteLineAsync("✓ asked for");
        await wanted.Out.FlushAsync(cancellationToken);
        if (parsed.GetValue(noWait))
        {
            return PluginCommand.Done;
        }

        var exitCode = await new Following(wanted, parsed.GetValue(timeout), name).RunAsync(look, cancellationToken);
        if (exitCode == PluginCommand.Done && closing is not null)
        {
            await wanted.Out.WriteLineAsync(closing);
        }

        return exitCode;
    }
}
