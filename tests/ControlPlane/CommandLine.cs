using System.Globalization;

namespace ControlPlane;

/// <summary>What the executable was asked to do.</summary>
internal sealed class CommandLine
{
    /// <summary>Shown when the arguments make no sense.</summary>
    public const string Usage = """
        usage: ControlPlane --directory <folder> [--port <port>] [--user <name>[:<group>,...]]... [--crds <file or folder>]...
                            [--webhooks <yaml> --webhook-url <https://...> --webhook-ca <pem file>]

        Starts a control plane, writes <folder>/kubeconfig (an administrator's) and <folder>/<name>.kubeconfig for each --user, prints
        "ready: <kubeconfig>" and runs until SIGTERM or SIGINT. It is a real kube-apiserver when KUBEBUILDER_ASSETS names a folder with
        kube-apiserver and etcd, an embedded API server otherwise.
        """;

    public string Directory { get; private set; } = "";

    public int Port { get; private set; }

    /// <summary>Names and groups.</summary>
    public List<(string Name, string[] Groups)> Users { get; } = [];

    public List<string> CustomResourceDefinitions { get; } = [];

    public string? Webhooks { get; private set; }

    public Uri? WebhookUrl { get; private set; }

    public string? WebhookAuthority { get; private set; }

    /// <summary>Reads the arguments; null and a message when they make no sense.</summary>
    public static CommandLine? Parse(string[] args, out string message)
    {
        var commandLine = new CommandLine();
        for (var i = 0; i < args.Length; i += 2)
        {
            if (i + 1 == args.Length || !commandLine.Take(args[i], args[i + 1]))
            {
                message = $"unknown or incomplete option {args[i]}";
                return null;
            }
        }

        var webhooks = new object?[] { commandLine.Webhooks, commandLine.WebhookUrl, commandLine.WebhookAuthority }.Count(o => o is not null);
        message = commandLine.Directory.Length == 0
            ? "--directory is missing"
            : webhooks is 0 or 3 ? "" : "--webhooks, --webhook-url and --webhook-ca go together";
        return message.Length == 0 ? commandLine : null;
    }

    private bool Take(string option, string value)
    {
        switch (option)
        {
            case "--directory":
                Directory = Path.GetFullPath(value);
                return true;
            case "--port" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var port):
                Port = port;
                return true;
            case "--user":
                Users.Add(ParseUser(value));
                return true;
            case "--crds":
                CustomResourceDefinitions.Add(value);
                return true;
            case "--webhooks":
                Webhooks = value;
                return true;
            case "--webhook-url" when Uri.TryCreate(value, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttps:
                WebhookUrl = url;
                return true;
            case "--webhook-ca":
                WebhookAuthority = value;
                return true;
            default:
                return false;
        }
    }

    /// <summary>The groups follow the last colon; ServiceAccounts have colons in their names and groups of their own.</summary>
    private static (string Name, string[] Groups) ParseUser(string value)
    {
        if (value.Split(':') is ["system", "serviceaccount", var ns, _])
        {
            return (value, ["system:serviceaccounts", $"system:serviceaccounts:{ns}"]);
        }

        var parts = value.Split(':', 2);
        return (parts[0], parts.Length == 2 ? parts[1].Split(',', StringSplitOptions.RemoveEmptyEntries) : []);
    }
}
