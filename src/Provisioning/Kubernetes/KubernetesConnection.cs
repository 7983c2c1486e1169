using System.Net;
using Provisioning.Kubernetes.Kubeconfigs;

namespace Provisioning.Kubernetes;

/// <summary>Where the API server is and how the two sides prove who they are. Its text never holds a credential.</summary>
internal sealed class KubernetesConnection
{
    /// <summary>The address; may have a path that all requests begin with.</summary>
    public required Uri Server { get; init; }

    /// <summary>Where this came from, for logs: a kubeconfig with its context, or the pod's ServiceAccount.</summary>
    public required string Source { get; init; }

    /// <summary>The only roots that the server's certificate may lead to; null: those of the system.</summary>
    public TrustedRoots? Roots { get; init; }

    /// <summary>The name that the server's certificate must carry; null: the host of <see cref="Server"/>.</summary>
    public string? TlsServerName { get; init; }

    /// <summary>Nobody checks who the server is. Default: false.</summary>
    public bool SkipsVerification { get; init; }

    /// <summary>The proxy to go through; null: directly, whatever proxy the environment names.</summary>
    public WebProxy? Proxy { get; init; }

    /// <summary>Our certificate with its key; null: none is shown, unless a plugin gives one.</summary>
    public ClientCertificate? ClientCertificate { get; init; }

    /// <summary>Our bearer token; null: none is sent.</summary>
    public BearerToken? Token { get; init; }

    /// <summary>Gives our token or certificate; null: they are what the others say.</summary>
    public CredentialPlugin? Plugin { get; init; }

    /// <summary>Whom the server is to take us for; null: ourselves.</summary>
    public Impersonation? Impersonation { get; init; }

    /// <summary>The namespace of the context or of the pod; null when neither says.</summary>
    public string? Namespace { get; init; }

    public override string ToString() => $"{Server} ({Source})";
}
