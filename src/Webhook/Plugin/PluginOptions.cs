using System.CommandLine;
using System.Globalization;
using Provisioning.Kubernetes;
using Webhook.Offline;

namespace Webhook.Plugin;

/// <summary>The options of all commands of the plugin, as users of kubectl know them.</summary>
internal sealed class PluginOptions
{
    private static readonly TimeSpan LongestRequest = TimeSpan.FromMinutes(5);
    private readonly Option<string?> inNamespace = new("--namespace", "-n") { Description = "Default: that of the context.", HelpName = "name" };
    private readonly Option<string?> context = new("--context") { Description = "Default: the kubeconfig's current one.", HelpName = "name" };
    private readonly Option<string?> kubeconfig = new("--kubeconfig")
    {
        Description = "Default: the files that KUBECONFIG names, else ~/.kube/config, else the pod's ServiceAccount.",
        HelpName = "path",
    };

    private readonly Option<string?> cluster = new("--cluster") { Description = "The kubeconfig's cluster to ask. Default: the context's.", HelpName = "name" };
    private readonly Option<string?> user = new("--user") { Description = "The kubeconfig's user to ask as. Default: the context's.", HelpName = "name" };
    private readonly Option<string?> impersonated = new("--as") { Description = "Act as this user, if you may.", HelpName = "user" };
    private readonly Option<string?> impersonatedUid = new("--as-uid") { Description = "Act with this uid; needs --as.", HelpName = "uid" };
    private readonly Option<string[]> impersonatedGroups = new("--as-group") { Description = "Act as one of this group; needs --as. May be given several times.", HelpName = "group" };
    private readonly Option<TimeSpan> requestTimeout = new("--request-timeout")
    {
        Description = "How long one question to the API server may take, such as 10s; at most 5m, which is what 0 means, too. Default: 30s.",
        HelpName = "time",
        CustomParser = argument => Duration.Parse(argument) is var given && given == TimeSpan.Zero ? LongestRequest : given,
        DefaultValueFactory = _ => new KubernetesOptions().RequestTimeout,
    };

    private readonly Option<bool> noColor = new("--no-color") { Description = "Plain text; so is what goes into a pipe, or with NO_COLOR set." };
    private readonly PolicyOptions policy = new();

    /// <summary>Adds the options.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { inNamespace, context, cluster, user, kubeconfig, impersonated, impersonatedUid, impersonatedGroups, requestTimeout, noColor })
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
        [$"{KubernetesOptions.SectionName}:{nameof(KubernetesOptions.RequestTimeout)}"] = parsed.GetValue(requestTimeout).ToString("c", CultureInfo.InvariantCulture),
    };

    /// <summary>What was chosen instead of what the kubeconfig says.</summary>
    public KubeconfigOverrides Overrides(ParseResult parsed) => new()
    {
        Cluster = parsed.GetValue(cluster),
        User = parsed.GetValue(user),
        As = parsed.GetValue(impersonated),
        AsUid = parsed.GetValue(impersonatedUid),
        AsGroups = parsed.GetValue(impersonatedGroups) ?? [],
        ObeysSkippedVerification = true,
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
