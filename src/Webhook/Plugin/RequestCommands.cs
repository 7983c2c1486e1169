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
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, (requests, name) => new Steps
        {
            Preview = () => requests.PreviewRotationAsync(name, cancellationToken),
            Request = () => requests.RequestRotationAsync(name, DateTimeOffset.UtcNow.ToString("O", CultureInfo.InvariantCulture), cancellationToken),
            Look = (preview, token) => requests.FollowAsync(name, preview.CurrentSecret, dataSource: null, token),
            Closing = "The former password works until nobody uses it any more; the Event FormerCredentialsRetired says when it is gone.",
        }, cancellationToken));
        return command;
    }

    /// <summary><c>move</c>.</summary>
    public Command Move()
    {
        var to = new Option<string>("--to") { Description = "The DataSource of the server that has the cluster's database by now.", HelpName = "datasource", Required = true };
        var command = new Command("move", "Let a cluster follow its database to another server, after checking that it is there.") { cluster, to, yes, noWait, timeout };
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, (requests, name) =>
        {
            var target = parsed.GetRequiredValue(to);
            return new Steps
            {
                Preview = () => requests.PreviewMoveAsync(name, target, cancellationToken),
                Question = $"Move {name} to {target}?",
                Request = () => requests.RequestMoveAsync(name, target, cancellationToken),
                Look = (_, token) => requests.FollowAsync(name, formerSecret: null, target, token),
            };
        }, cancellationToken));
        return command;
    }

    /// <summary><c>release</c>.</summary>
    public Command Release()
    {
        var command = new Command("release", "Let go of a cluster's database whose deletion waits for something that will not come.") { cluster, yes, noWait, timeout };
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, (requests, name) => new Steps
        {
            Preview = () => requests.PreviewReleaseAsync(name, cancellationToken),
            Question = $"Release {name}?",
            Request = () => requests.RequestReleaseAsync(name, cancellationToken),
            Look = (_, token) => requests.FollowReleaseAsync(name, token),
        }, cancellationToken));
        return command;
    }

    private Task<int> RunAsync(ParseResult parsed, Func<IClusterRequests, NamespacedName, Steps> plan, CancellationToken cancellationToken) => PluginRun.RunAsync(
        parsed,
        options,
        terminal,
        (services, inNamespace, wanted) =>
        {
            var name = new NamespacedName(inNamespace, parsed.GetRequiredValue(cluster));
            return RunAsync(parsed, name, plan(services.GetRequiredService<IClusterRequests>(), name), wanted, cancellationToken);
        },
        cancellationToken);

    private async Task<int> RunAsync(ParseResult parsed, NamespacedName name, Steps steps, Terminal wanted, CancellationToken cancellationToken)
    {
        var preview = await steps.Preview();
        foreach (var line in preview.Lines)
        {
            await wanted.Out.WriteLineAsync(line);
        }

        if (preview.Refusal is not null)
        {
            await wanted.Error.WriteLineAsync($"Nothing was changed: {preview.Refusal}");
            return PluginCommand.Failed;
        }

        await wanted.Out.FlushAsync(cancellationToken);
        if (steps.Question is not null && !await Questions.AskAsync(wanted, steps.Question, parsed.GetValue(yes), cancellationToken))
        {
            return PluginCommand.NotConfirmed;
        }

        await steps.Request();
        await wanted.Out.WriteLineAsync("✓ asked for");
        await wanted.Out.FlushAsync(cancellationToken);
        if (parsed.GetValue(noWait))
        {
            return PluginCommand.Done;
        }

        var exitCode = await new Following(wanted, parsed.GetValue(timeout), name).RunAsync(token => steps.Look(preview, token), cancellationToken);
        if (exitCode == PluginCommand.Done && steps.Closing is not null)
        {
            await wanted.Out.WriteLineAsync(steps.Closing);
        }

        return exitCode;
    }

    /// <summary>What the commands do differently.</summary>
    private sealed record Steps
    {
        /// <summary>Looks, and changes nothing.</summary>
        public required Func<Task<RequestPreview>> Preview { get; init; }

        /// <summary>What is asked before the request; null: it is harmless.</summary>
        public string? Question { get; init; }

        public required Func<Task> Request { get; init; }

        /// <summary>How far it is, given what the preview found.</summary>
        public required Func<RequestPreview, CancellationToken, Task<RequestProgress>> Look { get; init; }

        /// <summary>What is said when all is done; null: nothing more.</summary>
        public string? Closing { get; init; }
    }
}
