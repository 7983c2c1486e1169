using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace Provisioning.Kubernetes;

/// <summary>
/// The certificates that the API server's own must lead to. From a file they are read anew for each new connection, because clusters
/// rotate their CA; a file that has become unreadable leaves the last good ones in place. Safe for concurrent use.
/// </summary>
internal sealed class TrustedRoots
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private readonly string? file;
    private readonly ILogger logger;
    private volatile X509Certificate2Collection roots;

    private TrustedRoots(X509Certificate2Collection roots, string? file, ILogger logger)
    {
        this.roots = roots;
        this.file = file;
        this.logger = logger;
    }

    /// <summary>Roots that stay.</summary>
    /// <param name="pem">One or more CERTIFICATE blocks.</param>
    /// <param name="source">What an error names.</param>
    /// <param name="logger">Receives nothing as long as nothing changes.</param>
    /// <exception cref="KubernetesConfigurationException">There is no certificate in it.</exception>
    public static TrustedRoots FromPem(string pem, string source, ILogger logger) => new(Parse(pem, source), null, logger);

    /// <summary>Roots that follow a file.</summary>
    /// <exception cref="KubernetesConfigurationException">The file cannot be read or holds no certificate.</exception>
    public static TrustedRoots FromFile(string path, string source, ILogger logger) =>
        new(Parse(ConfigurationFile.ReadText(path, source), $"{source} ({path})"), path, logger);

    /// <summary>
    /// True when the certificate leads to a root, is in its time and is meant for servers. Asks nobody: no revocation lists, no
    /// issuers downloaded from where the certificate points.
    /// </summary>
    public bool Trusts(X509Certificate2 certificate, X509Certificate2Collection presented)
    {
        var trusted = Current();
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        chain.ChainPolicy.CustomTrustStore.AddRange(trusted);
        chain.ChainPolicy.ExtraStore.AddRange(presented);
        if (chain.Build(certificate))
        {
            return true;
        }

        // A bundle may hold an intermediate CA alone, as the anchor: then the chain is sound but ends early, in that certificate.
        return Array.TrueForAll(chain.ChainStatus, status => status.Status == X509ChainStatusFlags.PartialChain)
            && trusted.Any(root => root.RawDataMemory.Span.SequenceEqual(chain.ChainElements[^1].Certificate.RawDataMemory.Span));
    }

    private X509Certificate2Collection Current()
    {
        if (file is not null)
        {
            try
            {
                roots = Parse(ConfigurationFile.ReadText(file, file), file);
            }
            catch (KubernetesConfigurationException exception)
            {
                logger.CertificateAuthorityUnreadable(file, exception);
            }
        }

        return roots;
    }

    private static X509Certificate2Collection Parse(string pem, string source)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(pem);
        }
        catch (CryptographicException)
        {
            throw new KubernetesConfigurationException(source, "is not a valid PEM certificate; put the cluster's CA certificate there.");
        }

        return certificates.Count > 0
            ? certificates
            : throw new KubernetesConfigurationException(source, "holds no CERTIFICATE block; put the cluster's CA certificate there, as PEM.");
    }
}
