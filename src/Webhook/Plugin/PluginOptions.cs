using System.CommandLine;
using Provisioning.Kubernetes;
using Webhook.Offline;

namespace Webhook.Plugin;

/// <summary>The options of all commands of the plugin, as users of kubectl know them.</summary>
internal sealed class PluginOptions
{
    private readonly Option<string?> inNamespace = new("--namespace", "-n") { Description = "Default: that of the context.", HelpName = "name", Recursive = true };
    private readonly Option<string?> context = new("--context") { Description = "Default: the kubeconfig's current one.", HelpName = "name", Recursive = true };
    private readonly Option<string?> kubeconfig = new("--kubeconfig")
    {
        Description = "Default: the file that KUBECONFIG names, else ~/.kube/config, else the pod's ServiceAccount.",
        HelpName = "path",
        Recursive = true,
    };

    private readonly Option<bool> noColor = new("--no-color") { Description = "Plain text; so is what goes into a pipe, or with NO_COLOR set.", Recursive = true };
    private readonly PolicyOptions policy = new();

    /// <summary>Adds the options.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { inNamespace, context, kubeconfig, noColor })
        {
            command.Add(option);
        }

        policy.AddTo(command);
        foreach (var option in command.Options)
        {
            option.Recursive = true;
        }
    }

    /// <summary>The terminal, plain if that is asked for.</summary>
    public Terminal Apply(ParseResult parsed, Terminal terminal) => parsed.GetValue(noColor) ? terminal with { IsColored = false } : terminal;

    /// <summary>What was given, as the server's configuration.</summary>
    public IReadOnlyDictionary<string, string?> Settings(ParseResult parsed) => new Dictionary<string, string?>(policy.Read(parsed), StringComparer.Ordinal)
    {
        [$"{KubernetesOptions.SectionName}:{nameof(KubernetesOptions.Kubeconfig)}"] = parsed.GetValue(kubeconfig) ?? UsersOwn(),
        [$"{KubernetesOptions.SectionName}:{nameof(KubernetesOptions.Context)}"] = parsed.GetValue(context),
    };

    /// <summary>The namespace that is meant.</summary>
    public string Namespace(ParseResult parsed, DefaultNamespace ofContext) => parsed.GetValue(inNamespace) ?? ofContext.Name ?? "default";

    // The server has no home, and does not look there.
    private static string? UsersOwn()
    {
        var file = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".kube", "config");
        return string.IsNullOrEmpty(Environment.GetEnvironmentVariable("KUBECONFIG")) && File.Exists(file) ? file : null;
    }
}
