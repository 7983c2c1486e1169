using YamlDotNet.Serialization;

namespace Provisioning.Kubernetes.Kubeconfigs;

/// <summary>The fields of a kubeconfig (<c>v1 Config</c>) that we read, and those that we must refuse.</summary>
internal sealed class KubeconfigFile
{
    [YamlMember(Alias = "current-context")]
    public string? CurrentContext { get; set; }

    [YamlMember(Alias = "contexts")]
    public List<NamedContext?>? Contexts { get; set; }

    [YamlMember(Alias = "clusters")]
    public List<NamedCluster?>? Clusters { get; set; }

    [YamlMember(Alias = "users")]
    public List<NamedUser?>? Users { get; set; }

    internal sealed class NamedContext
    {
        [YamlMember(Alias = "name")]
        public string? Name { get; set; }

        [YamlMember(Alias = "context")]
        public Context? Context { get; set; }
    }

    internal sealed class Context
    {
        [YamlMember(Alias = "cluster")]
        public string? Cluster { get; set; }

        [YamlMember(Alias = "user")]
        public string? User { get; set; }

        [YamlMember(Alias = "namespace")]
        public string? Namespace { get; set; }
    }

    internal sealed class NamedCluster
    {
        [YamlMember(Alias = "name")]
        public string? Name { get; set; }

        [YamlMember(Alias = "cluster")]
        public Cluster? Cluster { get; set; }
    }

    internal sealed class Cluster
    {
        [YamlMember(Alias = "server")]
        public string? Server { get; set; }

        [YamlMember(Alias = "certificate-authority")]
        public string? CertificateAuthority { get; set; }

        [YamlMember(Alias = "certificate-authority-data")]
        public string? CertificateAuthorityContent { get; set; }

        [YamlMember(Alias = "insecure-skip-tls-verify")]
        public bool InsecureSkipTlsVerify { get; set; }

        [YamlMember(Alias = "tls-server-name")]
        public string? TlsServerName { get; set; }

        [YamlMember(Alias = "proxy-url")]
        public string? ProxyUrl { get; set; }

        [YamlMember(Alias = "extensions")]
        public List<NamedExtension?>? Extensions { get; set; }
    }

    internal sealed class NamedExtension
    {
        [YamlMember(Alias = "name")]
        public string? Name { get; set; }

        [YamlMember(Alias = "extension")]
        public object? Extension { get; set; }
    }

    internal sealed class NamedUser
    {
        [YamlMember(Alias = "name")]
        public string? Name { get; set; }

        [YamlMember(Alias = "user")]
        public User? User { get; set; }
    }

    internal sealed class User
    {
        [YamlMember(Alias = "client-certificate")]
        public string? ClientCertificate { get; set; }

        [YamlMember(Alias = "client-certificate-data")]
        public string? ClientCertificateContent { get; set; }

        [YamlMember(Alias = "client-key")]
        public string? ClientKey { get; set; }

        [YamlMember(Alias = "client-key-data")]
        public string? ClientKeyContent { get; set; }

        [YamlMember(Alias = "token")]
        public string? Token { get; set; }

        [YamlMember(Alias = "tokenFile")]
        public string? TokenFile { get; set; }

        [YamlMember(Alias = "username")]
        public string? Username { get; set; }

        [YamlMember(Alias = "exec")]
        public ExecConfiguration? Exec { get; set; }

        [YamlMember(Alias = "auth-provider")]
        public object? AuthProvider { get; set; }

        [YamlMember(Alias = "as")]
        public string? Impersonate { get; set; }

        [YamlMember(Alias = "as-uid")]
        public string? ImpersonateUid { get; set; }

        [YamlMember(Alias = "as-groups")]
        public List<string?>? ImpersonateGroups { get; set; }

        [YamlMember(Alias = "as-user-extra")]
        public Dictionary<string, List<string?>?>? ImpersonateExtra { get; set; }
    }
}
