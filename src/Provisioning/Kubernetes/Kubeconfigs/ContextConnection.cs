using Microsoft.Extensions.Logging;

namespace Provisioning.Kubernetes.Kubeconfigs;

/// <summary>
/// Turns a context of a kubeconfig into a connection, as kubectl does. What it asks for and this process does not do is refused, never passed over in silence.
/// </summary>
internal sealed class ContextConnection
{
    private readonly MergedKubeconfig config;
    private readonly KubeconfigOverrides overrides;
    private readonly TimeProvider time;
    private readonly ILogger logger;

    private ContextConnection(MergedKubeconfig config, KubeconfigOverrides overrides, TimeProvider time, ILogger logger)
    {
        this.config = config;
        this.overrides = overrides;
        this.time = time;
        this.logger = logger;
    }

    /// <summary>Makes the connection of a context.</summary>
    /// <param name="config">What the files say.</param>
    /// <param name="contextName">Null or empty: <c>current-context</c>.</param>
    /// <param name="overrides">What a person chose instead.</param>
    /// <param name="time">Drives the re-reading of token files and plugins.</param>
    /// <param name="logger">Hears about token and CA files that become unreadable later.</param>
    /// <exception cref="KubernetesConfigurationException">Something that it refers to is missing or unusable.</exception>
    public static KubernetesConnection Create(
        MergedKubeconfig config, string? contextName, KubeconfigOverrides overrides, TimeProvider time, ILogger logger) =>
        new ContextConnection(config, overrides, time, logger).Create(contextName);

    private KubernetesConnection Create(string? contextName)
    {
        var name = string.IsNullOrEmpty(contextName) ? config.CurrentContext : contextName;
        var isNamed = !string.IsNullOrEmpty(overrides.Cluster) && !string.IsNullOrEmpty(overrides.User);
        var context = new KubeconfigFile.Context();
        if (!string.IsNullOrEmpty(name))
        {
            context = config.Contexts.GetValueOrDefault(name)?.Value
                ?? throw Bad("contexts", $"has no context \"{name}\"; choose one that \"kubectl config get-contexts\" shows.");
        }
        else if (!isNamed)
        {
            throw Bad("current-context", "is not set; run \"kubectl config use-context NAME\" or set Kubernetes:Context.");
        }

        var (clusterName, clusterChooser) = Choose(overrides.Cluster, "--cluster", context.Cluster, name);
        var (userName, userChooser) = Choose(overrides.User, "--user", context.User, name);
        var cluster = config.Clusters.GetValueOrDefault(clusterName) ?? throw Bad("clusters", $"has no cluster \"{clusterName}\", which {clusterChooser} names; add it.");
        var user = config.Users.GetValueOrDefault(userName) ?? throw Bad("users", $"has no user \"{userName}\", which {userChooser} names; add it.");

        var server = new ClusterEntry(clusterName, cluster, logger);
        var login = new UserEntry(userName, user, time, logger);
        return Combine(server, login, name ?? "none", context.Namespace);
    }

    private KubernetesConnection Combine(ClusterEntry cluster, UserEntry user, string contextName, string? inNamespace)
    {
        var server = cluster.ReadServer();
        var (authorityPem, roots) = cluster.ReadRoots(overrides.ObeysSkippedVerification);
        var (token, plugin) = user.ReadToken(cluster.Value, authorityPem);
        if (server.Scheme == Uri.UriSchemeHttp && (token is not null || plugin is not null) && !server.IsLoopback)
        {
            throw Bad("clusters[].cluster.server", "is http:// and the user has a token, which anybody on the way could read; use https://.");
        }

        return new KubernetesConnection
        {
            Server = server,
            Source = $"{config.Source}, context {contextName}",
            Roots = roots,
            SkipsVerification = cluster.Value.InsecureSkipTlsVerify,
            TlsServerName = string.IsNullOrEmpty(cluster.Value.TlsServerName) ? null : cluster.Value.TlsServerName,
            Proxy = cluster.ReadProxy(),
            ClientCertificate = user.ReadCertificate(),
            Token = token,
            Plugin = plugin,
            Impersonation = user.ReadImpersonation(overrides),
            Namespace = string.IsNullOrEmpty(inNamespace) ? null : inNamespace,
        };
    }

    private static (string Name, string Chooser) Choose(string? chosen, string option, string? ofContext, string? contextName) =>
        string.IsNullOrEmpty(chosen) ? (ofContext ?? "", $"the context \"{contextName}\"") : (chosen, option);

    private KubernetesConfigurationException Bad(string key, string problem) => new($"{config.Source}: {key}", problem);
}
