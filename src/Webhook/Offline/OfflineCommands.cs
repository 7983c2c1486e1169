using System.CommandLine;
using System.Text;
using Webhook.K0s;
using Webhook.Plugin;

namespace Webhook.Offline;

/// <summary>Where a command reads and writes.</summary>
/// <param name="In">What <c>-</c> means.</param>
/// <param name="Out">The result, and nothing else.</param>
/// <param name="Error">Mistakes in the call, and remarks.</param>
internal sealed record Streams(Stream In, TextWriter Out, TextWriter Error);

/// <summary>The commands: those that need no cluster and no configuration, and <c>k0s-config</c> and <c>datasource</c>, which speak to one.</summary>
internal static class OfflineCommands
{
    /// <summary>Nothing to complain about.</summary>
    public const int Clean = 0;

    /// <summary>Something would be refused.</summary>
    public const int Violated = 1;

    /// <summary>The call is wrong, or a file cannot be read.</summary>
    public const int Misused = 2;

    private static readonly string[] Help = ["--help", "-h", "-?"];

    /// <summary>
    /// Whether the arguments are a command. Settings of the server look like <c>--Https:Port=9443</c>, <c>/Https:Port 9443</c> or
    /// <c>Https:Port=9443</c>; a first word of another kind means nothing to it, so a mistyped command is not a server that starts.
    /// </summary>
    public static bool AreMeant(IReadOnlyList<string> args) =>
        args is [var first, ..] && (Help.Contains(first, StringComparer.Ordinal) || !(first.StartsWith('-') || first.StartsWith('/') || first.Contains('=', StringComparison.Ordinal)));

    /// <summary>Runs a command on the process's own streams.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        // UTF-8 whatever the locale says: manifests and reports are.
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        await using var output = new StreamWriter(Console.OpenStandardOutput(), utf8);
        await using var error = new StreamWriter(Console.OpenStandardError(), utf8);
        await using var input = Console.OpenStandardInput();
        return await RunAsync(args, new Streams(input, output, error));
    }

    /// <summary>Runs a command.</summary>
    /// <returns><see cref="Clean"/>, <see cref="Violated"/> or <see cref="Misused"/>.</returns>
    public static async Task<int> RunAsync(string[] args, Streams streams)
    {
        var root = new RootCommand(
            "Admission webhook and controller for k0rdent's DataSources. Without a command it serves, with settings such as --Https:Port=9443.")
        {
            CheckCommand.Create(streams),
            InjectCommand.Create(streams),
            K0sConfigCommand.Create(streams.Out, streams.Error),
            PluginCommand.Create(new Terminal(new StreamReader(streams.In), streams.Out, streams.Error)),
        };

        // A file may be called @name.
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count == 0)
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { Output = streams.Out, Error = streams.Error, EnableDefaultExceptionHandler = false });
        }

        foreach (var mistake in parsed.Errors)
        {
            await streams.Error.WriteLineAsync(mistake.Message);
        }

        await streams.Error.WriteLineAsync(args is [PluginCommand.Name, ..] ? "See 'kubectl datasource --help'." : "See 'Webhook --help' and 'Webhook check --help'.");
        return Misused;
    }

    /// <summary>Loads everything named, each file once; what cannot be read is reported.</summary>
    /// <returns>The files, and whether all could be read.</returns>
    public static async Task<(IReadOnlyList<ManifestFile> Files, bool IsComplete)> LoadAsync(
        IEnumerable<string> paths, Streams streams, CancellationToken cancellationToken)
    {
        var files = new Dictionary<string, ManifestFile>(StringComparer.Ordinal);
        var isComplete = true;
        foreach (var path in paths)
        {
            try
            {
                foreach (var file in await ManifestFile.LoadAsync(path, streams.In, cancellationToken))
                {
                    files.TryAdd(Path.GetFullPath(file.Name), file);
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
            {
                isComplete = false;
                await streams.Error.WriteLineAsync($"{path}: {exception.Message}");
            }
        }

        return ([.. files.Values], isComplete);
    }
}
