using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace Provisioning.Kubernetes;

/// <summary>
/// Turns a kubeconfig into a connection. What it asks for and this process does not do (plugins, impersonation, proxies, no
/// verification) is refused, never passed over in silence. Relative paths in it start at its own folder.
/// </summary>
internal sealed class Kubeconfig
{
    private readonly string path;
    private readonly TimeProvider time;
    private readonly ILogger logger;

    private Kubeconfig(string path, TimeProvider time, ILogger logger)
    {
        this.path = path;
        this.time = time;
        this.logger = logger;
    }

    /// <summary>Reads the connection of a context.</summary>
    /// <param name="path">The kubeconfig.</param>
    /// <param name="source">The option or variable that names it.</param>
    /// <param name="contextName">Null or empty: <c>current-context</c>.</param>
    /// <param name="time">Drives the re-reading of token files.</param>
    /// <param name="logger">Hears about token and CA files that become unreadable later.</param>
    /// <exception cref="KubernetesConfigurationException">The file or something it refers to is missing or unusable.</exception>
    public static KubernetesConnection Load(string path, string source, string? contextName, TimeProvider time, ILogger logger)
    {
        var text = ConfigurationFile.ReadText(path, source);
        return new Kubeconfig(Path.GetFullPath(path), time, logger).Read(text, contextName);
    }

    private KubernetesConnection Read(string text, string? contextName)
    {
        var file = Parse(text);
        var name = string.IsNullOrEmpty(contextName) ? file.CurrentContext : contextName;
        if (string.IsNullOrEmpty(name))
        {
            throw Bad("current-context", "is not set; run \"kubectl config use-context NAME\" or set Kubernetes:Context.");
        }

        var context = file.Contexts?.Find(entry => entry?.Name == name)?.Context
            ?? throw Bad("contexts", $"has no context \"{name}\"; choose one that \"kubectl config get-contexts\" shows.");
        var cluster = file.Clusters?.Find(entry => entry?.Name == context.Cluster)?.Cluster
            ?? throw Bad("clusters", $"has no cluster \"{context.Cluster}\", which the context \"{name}\" names; add it.");
        var user = file.Users?.Find(entry => entry?.Name == context.User)?.User
            ?? throw Bad("users", $"has no user \"{context.User}\", which the context \"{name}\" names; add it.");
        RefuseUnsupported(cluster, user, context);

        var server = ReadServer(cluster.Server);
        var token = ReadToken(user);
        var (certificate, intermediates) = ReadClientCertificate(user);
        if (server.Scheme == Uri.UriSchemeHttp && token is not null && !server.IsLoopback)
        {
            throw Bad("clusters[].cluster.server", "is http:// and the user has a token, which anybody on the way could read; use https://.");
        }

        return new KubernetesConnection
        {
            Server = server,
            Source = $"{path}, context {name}",
            Roots = ReadRoots(cluster),
            TlsServerName = string.IsNullOrEmpty(cluster.TlsServerName) ? null : cluster.TlsServerName,
            ClientCertificate = certificate,
            ClientIntermediates = intermediates,
            Token = token,
            Namespace = string.IsNullOrEmpty(context.Namespace) ? null : context.Namespace,
        };
    }

    private KubeconfigFile Parse(string text)
    {
        try
        {
            var file = new DeserializerBuilder().IgnoreUnmatchedProperties().Build().Deserialize<KubeconfigFile?>(text);
            return file ?? throw new KubernetesConfigurationException(path, "is empty; put a kubeconfig there.");
        }
        catch (YamlException exception)
        {
            // The parser's own text may quote the line, which may hold a credential.
            throw new KubernetesConfigurationException(
                path, $"is not a kubeconfig (YAML): look at line {exception.Start.Line}, column {exception.Start.Column}.");
        }
    }

    private void RefuseUnsupported(KubeconfigFile.Cluster cluster, KubeconfigFile.User user, KubeconfigFile.Context context)
    {
        const string Instead = "give the user a token, tokenFile or client certificate (a ServiceAccount's: \"kubectl create token\").";
        var where = $"users[{context.User}].user.";
        if (cluster.InsecureSkipTlsVerify)
        {
            throw Bad($"clusters[{context.Cluster}].cluster.insecure-skip-tls-verify",
                "is not supported, because anybody on the way could pose as the API server; set certificate-authority-data instead.");
        }

        if (!string.IsNullOrEmpty(cluster.ProxyUrl))
        {
            throw Bad($"clusters[{context.Cluster}].cluster.proxy-url", "is not supported; name a server that is reached directly.");
        }

        if (user.Exec is not null)
        {
            throw Bad(where + "exec", "is not supported: this process runs no credential plugins; " + Instead);
        }

        if (user.AuthProvider is not null)
        {
            throw Bad(where + "auth-provider", "is not supported; " + Instead);
        }

        if (!string.IsNullOrEmpty(user.Username))
        {
            throw Bad(where + "username", "is not supported: Kubernetes has no basic authentication any more; " + Instead);
        }

        if (!string.IsNullOrEmpty(user.Impersonate) || !string.IsNullOrEmpty(user.ImpersonateUid)
            || user.ImpersonateGroups is not null || user.ImpersonateExtra is not null)
        {
            throw Bad(where + "as", "is not supported: this process impersonates nobody; name a user with the rights it needs itself.");
        }
    }

    private Uri ReadServer(string? server)
    {
        var valid = Uri.TryCreate(server, UriKind.Absolute, out var uri)
            && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp)
            && uri is { UserInfo: "", Query: "", Fragment: "" };
        return valid ? uri! : throw Bad("clusters[].cluster.server", "must be an address such as https://host:6443, without credentials.");
    }

    private TrustedRoots? ReadRoots(KubeconfigFile.Cluster cluster)
    {
        if (!string.IsNullOrEmpty(cluster.CertificateAuthorityContent))
        {
            const string Key = "certificate-authority-data";
            return TrustedRoots.FromPem(Decode(cluster.CertificateAuthorityContent, Key), $"{path}: {Key}", logger);
        }

        return string.IsNullOrEmpty(cluster.CertificateAuthority)
            ? null
            : TrustedRoots.FromFile(Resolve(cluster.CertificateAuthority), $"{path}: certificate-authority", logger);
    }

    // As kubectl does, the file wins over the inline token.
    private BearerToken? ReadToken(KubeconfigFile.User user)
    {
        if (!string.IsNullOrEmpty(user.TokenFile))
        {
            return BearerToken.FromFile(Resolve(user.TokenFile), $"{path}: tokenFile", time, logger);
        }

        return string.IsNullOrEmpty(user.Token) ? null : BearerToken.FromText(user.Token, $"{path}: token", time, logger);
    }

    private (X509Certificate2? Certificate, X509Certificate2Collection Intermediates) ReadClientCertificate(KubeconfigFile.User user)
    {
        var certificate = ReadPem(user.ClientCertificateContent, user.ClientCertificate, "client-certificate");
        var key = ReadPem(user.ClientKeyContent, user.ClientKey, "client-key");
        if (certificate is null && key is null)
        {
            return (null, []);
        }

        if (certificate is null || key is null)
        {
            throw Bad(certificate is null ? "client-certificate" : "client-key", "is missing while the other of the pair is there; add it.");
        }

        try
        {
            var intermediates = new X509Certificate2Collection();
            intermediates.ImportFromPem(certificate);
            intermediates.RemoveAt(0);
            return (X509Certificate2.CreateFromPem(certificate, key), intermediates);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw Bad("client-certificate and client-key", "are not a matching pair of a PEM certificate and its unencrypted RSA or EC key.");
        }
    }

    private string? ReadPem(string? content, string? file, string key)
    {
        if (!string.IsNullOrEmpty(content))
        {
            return Decode(content, key + "-data");
        }

        return string.IsNullOrEmpty(file) ? null : ConfigurationFile.ReadText(Resolve(file), $"{path}: {key}");
    }

    private string Decode(string base64, string key)
    {
        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(base64));
        }
        catch (FormatException)
        {
            throw Bad(key, "is not base64; encode the PEM text with \"base64 -w0\".");
        }
    }

    private string Resolve(string file) => Path.GetFullPath(file, Path.GetDirectoryName(path)!);

    private KubernetesConfigurationException Bad(string key, string problem) => new($"{path}: {key}", problem);
}
