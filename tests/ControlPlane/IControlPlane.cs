using System.Security.Cryptography.X509Certificates;

namespace ControlPlane;

/// <summary>
/// A Kubernetes control plane for tests and the demo. Two forms stand behind it, a real kube-apiserver with etcd and an embedded API
/// server; a test must not be able to tell them apart. Safe for concurrent use. Disposing ends every process, closes every port and
/// deletes every file that the control plane made.
/// </summary>
public interface IControlPlane : IAsyncDisposable
{
    /// <summary>True for kube-apiserver and etcd, false for the embedded API server.</summary>
    bool IsReal { get; }

    /// <summary>Where clients connect, such as <c>https://127.0.0.1:40123</c>. Stays the same over <see cref="RestartAsync"/>.</summary>
    Uri ServerUrl { get; }

    /// <summary>The certificate authority that signed the server's certificate.</summary>
    X509Certificate2 CertificateAuthority { get; }

    /// <summary>A kubeconfig whose client certificate is in the group <c>system:masters</c>.</summary>
    string AdminKubeconfigPath { get; }

    /// <summary>
    /// Makes a user and returns the path of a kubeconfig with a client certificate (CN <paramref name="username"/>, one O for each of
    /// <paramref name="groups"/>) of the cluster's authority. ServiceAccounts are users too: <c>system:serviceaccount:ns:name</c> with the
    /// groups <c>system:serviceaccounts</c> and <c>system:serviceaccounts:ns</c>. <c>system:authenticated</c> is added by the server.
    /// </summary>
    Task<string> CreateUserAsync(string username, IReadOnlyList<string> groups, CancellationToken cancellationToken);

    /// <summary>
    /// Creates or replaces the CustomResourceDefinitions of a YAML file, or of every <c>*.yaml</c> file of a folder, and returns when each is
    /// Established and its resource is served. Other kinds in the files are skipped (a kustomization, for instance).
    /// </summary>
    Task InstallCustomResourceDefinitionsAsync(string path, CancellationToken cancellationToken);

    /// <summary>
    /// Creates or replaces the Validating- and MutatingWebhookConfigurations of a manifest as a cluster gets it, with each
    /// <c>clientConfig.service</c> replaced by a <c>url</c> (<paramref name="webhookBaseUrl"/> and the service's path) and
    /// <c>caBundle</c> by <paramref name="caBundle"/> (PEM). Other kinds in the manifest are skipped. Returns when the API server calls them.
    /// </summary>
    Task InstallWebhooksAsync(string manifestYaml, Uri webhookBaseUrl, string caBundle, CancellationToken cancellationToken);

    /// <summary>Stops the API server and starts it again on the same port with the same content; clients see broken connections between.</summary>
    Task RestartAsync(CancellationToken cancellationToken);

    /// <summary>Ends every open watch; clients may open new ones at once.</summary>
    Task CutWatchesAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Forgets the history before the present resource version: watches and lists from an older one are answered with 410 Expired. In the
    /// real form this includes a restart, because only that empties the API server's watch cache.
    /// </summary>
    Task CompactAsync(CancellationToken cancellationToken);

    /// <summary>
    /// What users other than administrators asked for so far, each right once. The real form reads its audit log, which knows requests; the
    /// embedded one also names the rights that the plugin OwnerReferencesPermissionEnforcement asks for, which is on in both.
    /// </summary>
    Task<IReadOnlyList<AccessRecord>> ReadAccessesAsync(CancellationToken cancellationToken);
}
