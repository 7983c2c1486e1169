using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Provisioning.Kubernetes;

/// <summary>What we show the API server in the TLS handshake. Compared by reference. Its text holds no key.</summary>
/// <param name="certificate">With its key.</param>
/// <param name="intermediates">What is sent with it so that the server can build its chain.</param>
internal sealed class ClientCertificate(X509Certificate2 certificate, X509Certificate2Collection intermediates)
{
    public X509Certificate2 Certificate => certificate;

    public X509Certificate2Collection Intermediates => intermediates;

    /// <summary>Reads a pair of PEM texts.</summary>
    /// <param name="certificatePem">The certificate first, then what leads to the root.</param>
    /// <param name="keyPem">Its key.</param>
    /// <param name="source">What an error names.</param>
    /// <exception cref="KubernetesConfigurationException">They are no pair.</exception>
    public static ClientCertificate FromPem(string certificatePem, string keyPem, string source)
    {
        try
        {
            var intermediates = new X509Certificate2Collection();
            intermediates.ImportFromPem(certificatePem);
            intermediates.RemoveAt(0);
            return new ClientCertificate(X509Certificate2.CreateFromPem(certificatePem, keyPem), intermediates);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw new KubernetesConfigurationException(source, "are not a matching pair of a PEM certificate and its unencrypted RSA or EC key.");
        }
    }

    public override string ToString() => certificate.Subject;
}
