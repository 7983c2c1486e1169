using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Provisioning.Kubernetes.Kubeconfigs;

namespace Provisioning.Kubernetes;

/// <summary>
/// Finds out how to reach the API: the kubeconfig of the options, else those of the environment, else the pod's ServiceAccount
/// (Kubernetes documentation, "Accessing the Kubernetes API from a Pod").
/// </summary>
internal sealed class ConnectionSource(KubeconfigOverrides overrides, TimeProvider time, ILogger<KubernetesConnection> logger)
{
    /// <summary>Reads environment variables. Replaced in tests.</summary>
    public Func<string, string?> Environment { get; init; } = System.Environment.GetEnvironmentVariable;

    /// <summary>Where the kubelet puts the ServiceAccount's files. Replaced in tests.</summary>
    public string ServiceAccountDirectory { get; init; } = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// <exception cref="KubernetesConfigurationException">There is no usable way.</exception>
    public KubernetesConnection Load(KubernetesOptions options)
    {
        if (!string.IsNullOrEmpty(options.Kubeconfig))
        {
            return Connect(KubeconfigReader.Read(options.Kubeconfig, "Kubernetes:Kubeconfig"), options);
        }

        var fromEnvironment = Environment("KUBECONFIG");
        return string.IsNullOrEmpty(fromEnvironment) ? LoadInCluster() : Connect(KubeconfigReader.ReadList(fromEnvironment), options);
    }

    private KubernetesConnection Connect(MergedKubeconfig config, KubernetesOptions options) =>
        ContextConnection.Create(config, options.Context, overrides, time, logger);

    private KubernetesConnection LoadInCluster()
    {
        var host = Environment("KUBERNETES_SERVICE_HOST");
        if (string.IsNullOrEmpty(host))
        {
            throw new KubernetesConfigurationException(
                "Kubernetes:Kubeconfig", "is not set, neither is KUBECONFIG, and this is not a pod; set one of them to the path of a kubeconfig.");
        }

        var variable = Environment("KUBERNETES_SERVICE_PORT");
        if (!ushort.TryParse(string.IsNullOrEmpty(variable) ? "443" : variable, NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            throw new KubernetesConfigurationException("KUBERNETES_SERVICE_PORT", "must be a port number.");
        }

        if (IPAddress.TryParse(host, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            host = $"[{host}]";
        }

        if (!Uri.TryCreate($"https://{host}:{port}", UriKind.Absolute, out var server))
        {
            throw new KubernetesConfigurationException("KUBERNETES_SERVICE_HOST", "must be a host name or an IP address.");
        }

        const string Source = "the pod's ServiceAccount";
        return new KubernetesConnection
        {
            Server = server,
            Source = Source,
            Roots = TrustedRoots.FromFile(Path.Combine(ServiceAccountDirectory, "ca.crt"), Source, logger),
            Token = BearerToken.FromFile(Path.Combine(ServiceAccountDirectory, "token"), Source, time, logger),
            Namespace = ReadNamespace(),
        };
    }

    private string? ReadNamespace()
    {
        var file = Path.Combine(ServiceAccountDirectory, "namespace");
        return File.Exists(file) ? ConfigurationFile.ReadText(file, file).Trim() : null;
    }
}
