using System.Net;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Provisioning.Kubernetes.Kubeconfigs;

/// <summary>Reads an entry of <c>clusters</c>: where the API server is and how it proves who it is.</summary>
/// <param name="name">Its name.</param>
/// <param name="entry">The entry.</param>
/// <param name="logger">Hears about CA files that become unreadable later.</param>
internal sealed class ClusterEntry(string name, KubeconfigEntry<KubeconfigFile.Cluster> entry, ILogger logger)
{
    // What client-go takes.
    private static readonly string[] ProxySchemes = ["http", "https", "socks5"];

    public KubeconfigFile.Cluster Value => entry.Value;

    /// <summary>The address.</summary>
    public Uri ReadServer()
    {
        var valid = Uri.TryCreate(entry.Value.Server, UriKind.Absolute, out var uri)
            && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp)
            && uri is { UserInfo: "", Query: "", Fragment: "" };
        return valid ? uri! : throw Bad("server", "must be an address such as https://host:6443, without credentials.");
    }

    /// <summary>The CA as it stands, and as the roots to trust; null: the system's, or nobody is checked.</summary>
    public (string? Pem, TrustedRoots? Roots) ReadRoots(bool obeysSkippedVerification)
    {
        var isGiven = !string.IsNullOrEmpty(entry.Value.CertificateAuthorityContent) || !string.IsNullOrEmpty(entry.Value.CertificateAuthority);
        if (entry.Value.InsecureSkipTlsVerify)
        {
            return !obeysSkippedVerification
                ? throw Bad("insecure-skip-tls-verify", "is not supported, because anybody on the way could pose as the API server; set certificate-authority-data instead.")
                : isGiven
                    ? throw Bad("insecure-skip-tls-verify", "cannot be true while there is a certificate authority, as in kubectl; remove one of them.")
                    : (null, null);
        }

        if (!isGiven)
        {
            return (null, null);
        }

        if (!string.IsNullOrEmpty(entry.Value.CertificateAuthorityContent))
        {
            const string Key = "certificate-authority-data";
            var pem = PemContent.Decode(entry.Value.CertificateAuthorityContent, Where(Key));
            return (pem, TrustedRoots.FromPem(pem, Where(Key), logger));
        }

        var file = entry.Resolve(entry.Value.CertificateAuthority!);
        return (ConfigurationFile.ReadText(file, Where("certificate-authority")), TrustedRoots.FromFile(file, Where("certificate-authority"), logger));
    }

    /// <summary>The proxy to go through; null: directly.</summary>
    public WebProxy? ReadProxy()
    {
        if (string.IsNullOrEmpty(entry.Value.ProxyUrl))
        {
            return null;
        }

        if (!Uri.TryCreate(entry.Value.ProxyUrl, UriKind.Absolute, out var uri) || !ProxySchemes.Contains(uri.Scheme, StringComparer.Ordinal) || uri.Host.Length == 0)
        {
            throw Bad("proxy-url", "must be an address such as http://host:3128, https://host:3128 or socks5://host:1080.");
        }

        // The address of a proxy is in messages: its login is not.
        var address = new UriBuilder(uri.Scheme, uri.Host, uri.Port > 0 ? uri.Port : 1080).Uri;
        return new WebProxy(address)
        {
            Credentials = uri.UserInfo.Split(':', 2) switch
            {
                [var user, var password] => new NetworkCredential(Uri.UnescapeDataString(user), Uri.UnescapeDataString(password)),
                [{ Length: > 0 } user] => new NetworkCredential(Uri.UnescapeDataString(user), ""),
                _ => null,
            },
        };
    }

    private string Where(string key) => $"{entry.File}: clusters[{name}].cluster.{key}";

    private KubernetesConfigurationException Bad(string key, string problem) => new(Where(key), problem);
}

/// <summary>Fields whose names end in <c>-data</c>.</summary>
internal static class PemContent
{
    /// <summary>The text that is encoded.</summary>
    /// <exception cref="KubernetesConfigurationException">It is not base64.</exception>
    public static string Decode(string base64, string source)
    {
        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(base64));
        }
        catch (FormatException)
        {
            throw new KubernetesConfigurationException(source, "is not base64; encode the PEM text with \"base64 -w0\".");
        }
    }
}
