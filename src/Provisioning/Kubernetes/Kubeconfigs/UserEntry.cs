using Microsoft.Extensions.Logging;

namespace Provisioning.Kubernetes.Kubeconfigs;

/// <summary>Reads an entry of <c>users</c>: how we prove who we are.</summary>
/// <param name="name">Its name.</param>
/// <param name="entry">The entry.</param>
/// <param name="time">Drives the re-reading of token files and plugins.</param>
/// <param name="logger">Hears about token files that become unreadable later.</param>
internal sealed class UserEntry(string name, KubeconfigEntry<KubeconfigFile.User> entry, TimeProvider time, ILogger logger)
{
    private readonly KubeconfigFile.User user = entry.Value;

    /// <summary>
    /// The token, or what gives one. As in kubectl, the file wins over the inline token, and both over the plugin.
    /// </summary>
    /// <param name="cluster">What a plugin may be told of.</param>
    /// <param name="authorityPem">Its CA; null: the system's.</param>
    public (BearerToken? Token, CredentialPlugin? Plugin) ReadToken(KubeconfigFile.Cluster cluster, string? authorityPem)
    {
        RefuseUnsupported();
        return !string.IsNullOrEmpty(user.TokenFile) ? (BearerToken.FromFile(entry.Resolve(user.TokenFile), Where("tokenFile"), time, logger), null)
            : !string.IsNullOrEmpty(user.Token) ? (BearerToken.FromText(user.Token, Where("token"), time, logger), null)
            : user.Exec is { } exec ? (null, new CredentialPlugin(ReadCommand(exec, cluster, authorityPem).RunAsync, time))
            : (null, null);
    }

    /// <summary>The certificate; null: none.</summary>
    public ClientCertificate? ReadCertificate()
    {
        var certificate = ReadPem(user.ClientCertificateContent, user.ClientCertificate, "client-certificate");
        var key = ReadPem(user.ClientKeyContent, user.ClientKey, "client-key");
        return (certificate, key) switch
        {
            (null, null) => null,
            (null, _) => throw Bad("client-certificate", "is missing while the other of the pair is there; add it."),
            (_, null) => throw Bad("client-key", "is missing while the other of the pair is there; add it."),
            var (first, second) => ClientCertificate.FromPem(first, second, Where("client-certificate and client-key")),
        };
    }

    /// <summary>Whom to act as; null: oneself.</summary>
    /// <param name="overrides">What was chosen instead, field by field.</param>
    public Impersonation? ReadImpersonation(KubeconfigOverrides overrides)
    {
        var impersonated = Either(overrides.As, user.Impersonate);
        var uid = Either(overrides.AsUid, user.ImpersonateUid);
        List<string> groups = overrides.AsGroups.Count > 0 ? [.. overrides.AsGroups] : [.. (user.ImpersonateGroups ?? []).OfType<string>()];
        var extra = (user.ImpersonateExtra ?? []).ToDictionary(pair => pair.Key, pair => (IReadOnlyList<string>)[.. (pair.Value ?? []).OfType<string>()], StringComparer.Ordinal);
        if (impersonated is null)
        {
            return uid is null && groups.Count == 0 && extra.Count == 0
                ? null
                : throw Bad("as", "is missing: a uid, groups or extra values can only be those of a user that is named with them; name one, or give --as.");
        }

        string[] sent = [impersonated, uid ?? "", .. groups, .. extra.Values.SelectMany(values => values)];
        return sent.Any(text => text.Any(char.IsControl))
            ? throw Bad("as", "or a value beside it, or one of --as, --as-uid and --as-group, has a control character; correct it.")
            : new Impersonation { User = impersonated, Uid = uid, Groups = groups, Extra = extra };
    }

    private void RefuseUnsupported()
    {
        const string Instead = "give the user a credential plugin (exec), token, tokenFile or client certificate (a ServiceAccount's: \"kubectl create token\").";
        if (user.AuthProvider is not null)
        {
            throw Bad("auth-provider", "is not supported; " + Instead);
        }

        if (!string.IsNullOrEmpty(user.Username))
        {
            throw Bad("username", "is not supported: Kubernetes has no basic authentication any more; " + Instead);
        }
    }

    private ExecCommand ReadCommand(ExecConfiguration exec, KubeconfigFile.Cluster cluster, string? authorityPem)
    {
        if (exec.ApiVersion is not ("client.authentication.k8s.io/v1" or "client.authentication.k8s.io/v1beta1"))
        {
            throw Bad("exec.apiVersion", "must be client.authentication.k8s.io/v1 or client.authentication.k8s.io/v1beta1; correct it, or update the plugin.");
        }

        if (string.IsNullOrEmpty(exec.Command))
        {
            throw Bad("exec.command", "is missing; name the plugin.");
        }

        if (exec.Environment?.Exists(variable => string.IsNullOrEmpty(variable?.Name) || variable.Name.Contains('=', StringComparison.Ordinal)) == true)
        {
            throw Bad("exec.env", "has a variable without a usable name; correct it.");
        }

        var isInteractive = IsInteractive(exec);
        return new ExecCommand(Where("exec"), exec)
        {
            // A mere name is looked for on the PATH; ./name is in the kubeconfig's folder, whatever the current one is.
            Command = exec.Command.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal) ? entry.Resolve(exec.Command) : exec.Command,
            IsInteractive = isInteractive,
            Request = ExecRequest.Write(exec.ApiVersion, isInteractive, exec.ProvideClusterInfo ? cluster : null, authorityPem),
        };
    }

    private bool IsInteractive(ExecConfiguration exec) => (exec.InteractiveMode, exec.ApiVersion) switch
    {
        ("Never", _) => false,
        ("IfAvailable", _) or (null or "", "client.authentication.k8s.io/v1beta1") => !Console.IsInputRedirected,
        ("Always", _) => Console.IsInputRedirected
            ? throw Bad("exec.interactiveMode", "is Always, and standard input is not a terminal on which the plugin could ask; call this from one.")
            : true,
        (null or "", _) => throw Bad("exec.interactiveMode", "is missing, which client.authentication.k8s.io/v1 requires; set Never, IfAvailable or Always."),
        _ => throw Bad("exec.interactiveMode", "must be Never, IfAvailable or Always."),
    };

    private string? ReadPem(string? content, string? file, string key) =>
        !string.IsNullOrEmpty(content) ? PemContent.Decode(content, Where(key + "-data"))
        : string.IsNullOrEmpty(file) ? null : ConfigurationFile.ReadText(entry.Resolve(file), Where(key));

    private static string? Either(string? chosen, string? configured) =>
        !string.IsNullOrEmpty(chosen) ? chosen : string.IsNullOrEmpty(configured) ? null : configured;

    private string Where(string key) => $"{entry.File}: users[{name}].user.{key}";

    private KubernetesConfigurationException Bad(string key, string problem) => new(Where(key), problem);
}
