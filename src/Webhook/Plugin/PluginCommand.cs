using System.CommandLine;

namespace Webhook.Plugin;

/// <summary><c>kubectl datasource</c>, which is <c>Webhook datasource</c>.</summary>
internal static class PluginCommand
{
    /// <summary>The word after <c>kubectl</c>, or after <c>Webhook</c>.</summary>
    public const string Name = "datasource";

    /// <summary>Done; for <c>status</c>: all is well.</summary>
    public const int Done = 0;

    /// <summary>Something is broken or unfinished, or was refused or did not come to its end in time.</summary>
    public const int Failed = 1;

    /// <summary>The call is wrong, or the API server cannot be asked.</summary>
    public const int Misused = 2;

    /// <summary>Nobody confirmed, so nothing was changed.</summary>
    public const int NotConfirmed = 3;

    /// <summary><c>status</c>: what could be seen is well, and you may not see all.</summary>
    public const int Incomplete = 4;

    /// <summary>Ctrl-C: 128 and the number of SIGINT, as shells have it.</summary>
    public const int Interrupted = 130;

    private const string PluginFile = "kubectl-datasource";

    /// <summary>Whether kubectl calls, or somebody who uses its name for the plugin.</summary>
    public static bool IsCalled(string programName) => programName == PluginFile;

    /// <summary>The command. Draws nothing before it is invoked.</summary>
    public static Command Create(Terminal terminal)
    {
        var options = new PluginOptions();
        var requests = new RequestCommands(options, terminal);
        var command = new Command(Name, "kubectl datasource: look at clusters' databases, and act on them, with the rights of your kubeconfig.")
        {
            StatusCommand.Create(options, terminal),
            requests.Rotate(),
            requests.Move(),
            requests.Release(),
            AdoptCommand.Create(options, terminal),
        };
        options.AddTo(command);
        return command;
    }
}
