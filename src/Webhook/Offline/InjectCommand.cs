using System.CommandLine;
using Webhook.Injection;

namespace Webhook.Offline;

/// <summary><c>Webhook inject</c>.</summary>
internal static class InjectCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Streams streams)
    {
        var file = new Option<string>("--filename", "-f") { Description = "A file with one HelmRelease, or - for standard input.", HelpName = "path", Required = true };
        var kine = Name("--kine-secret", "The Secret with the connection string.");
        var authority = Name("--ca-secret", "The Secret with the CA certificate; with --kine-secret and --ca-key.");
        var key = Name("--ca-key", "The entry of that Secret; with --ca-secret.");
        var dataSources = new Option<string[]>("--data-source")
        {
            Description = "Instead of --kine-secret: files or folders with the DataSource and, if there is one, the ClusterDataSource with its status.",
            HelpName = "path",
            AllowMultipleArgumentsPerToken = true,
        };
        var cluster = Name("--cluster", "With --data-source: the cluster, when the HelmRelease does not name it as its owner.");
        var defaultNamespace = new Option<string>("--namespace", "-n")
        {
            Description = "The namespace of objects that name none.",
            HelpName = "name",
            DefaultValueFactory = _ => "default",
        };
        var command = new Command("inject", "Print a HelmRelease with the names of the cluster's Secrets in it, as the webhook patches it.")
        {
            file, kine, authority, key, dataSources, cluster, defaultNamespace,
        };
        command.Validators.Add(result =>
        {
            if ((result.GetValue(kine) is null) == (result.GetValue(dataSources) is null or []))
            {
                result.AddError("Give either --kine-secret or --data-source.");
            }

            if ((result.GetValue(authority) is null) != (result.GetValue(key) is null) || (result.GetValue(authority) is not null && result.GetValue(kine) is null))
            {
                result.AddError("--ca-secret and --ca-key go together, and with --kine-secret.");
            }
        });
        command.SetAction((parsed, cancellationToken) => RunAsync(
            parsed.GetRequiredValue(file),
            async release => parsed.GetValue(kine) is { } secret
                ? new DataSourceValues(secret, parsed.GetValue(authority) is { } name ? new CaSecretValues(name, parsed.GetValue(key)!) : null)
                : await FindAsync(release, parsed.GetValue(dataSources)!, parsed.GetValue(cluster), parsed.GetRequiredValue(defaultNamespace), streams, cancellationToken),
            streams,
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        string path, Func<ManifestNode, Task<DataSourceValues?>> findValues, Streams streams, CancellationToken cancellationToken)
    {
        var (files, isComplete) = await OfflineCommands.LoadAsync([path], streams, cancellationToken);
        if (!isComplete || files is not [var file])
        {
            await streams.Error.WriteLineAsync($"{path}: one file with one HelmRelease is needed");
            return OfflineCommands.Misused;
        }

        try
        {
            if (file.Read().ToList() is not [var release] || !IsRelease(release))
            {
                await streams.Error.WriteLineAsync($"{file.Name}: one HelmRelease is needed, and nothing else");
                return OfflineCommands.Misused;
            }

            if (await findValues(release) is not { } values)
            {
                return OfflineCommands.Misused;
            }

            await streams.Out.WriteAsync(ReleaseInjection.Apply(file, release, values));
            return OfflineCommands.Clean;
        }
        catch (ManifestException exception)
        {
            await streams.Error.WriteLineAsync($"{file.Name}:{exception.Line}: {exception.Message}");
            return OfflineCommands.Violated;
        }
    }

    private static async Task<DataSourceValues?> FindAsync(
        ManifestNode release, string[] paths, string? cluster, string defaultNamespace, Streams streams, CancellationToken cancellationToken)
    {
        var (files, isComplete) = await OfflineCommands.LoadAsync(paths, streams, cancellationToken);
        if (!isComplete)
        {
            return null;
        }

        foreach (var file in files)
        {
            try
            {
                _ = file.Read().Count();
            }
            catch (ManifestException exception)
            {
                await streams.Error.WriteLineAsync($"{file.Name}:{exception.Line}: {exception.Message}");
                return null;
            }
        }

        var published = new PublishedValues(files, defaultNamespace);
        var values = published.Find(release, cluster, out var remark);
        if (remark.Length > 0)
        {
            await streams.Error.WriteLineAsync(remark);
        }

        return values;
    }

    private static bool IsRelease(ManifestNode node) =>
        node.TextOf("kind") == "HelmRelease" && node.TextOf("apiVersion").StartsWith("helm.toolkit.fluxcd.io/", StringComparison.Ordinal);

    private static Option<string?> Name(string name, string description) => new(name) { Description = description, HelpName = "name" };
}
