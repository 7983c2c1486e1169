using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Webhook.SelfSigned;

/// <summary>A certificate with its key. Prints the certificate's subject only.</summary>
/// <param name="Certificate">The certificate, without the key.</param>
/// <param name="CertificatePem">The same in PEM.</param>
/// <param name="KeyPem">The key in PEM, PKCS #8.</param>
internal sealed record KeyPair(X509Certificate2 Certificate, string CertificatePem, string KeyPem)
{
    /// <summary>Certificates begin this long before they are made: the clocks of a cluster's machines differ.</summary>
    public static readonly TimeSpan Backdating = TimeSpan.FromMinutes(5);

    /// <summary>When it was made.</summary>
    public DateTimeOffset MadeAt => NotBefore + Backdating;

    /// <summary>When it begins.</summary>
    public DateTimeOffset NotBefore => new(Certificate.NotBefore);

    /// <summary>When it ends.</summary>
    public DateTimeOffset NotAfter => new(Certificate.NotAfter);

    /// <summary>The pair in these texts; null when one is missing or is none, or the key is another certificate's.</summary>
    public static KeyPair? Parse(string? certificatePem, string? keyPem)
    {
        if (certificatePem is null || keyPem is null)
        {
            return null;
        }

        try
        {
            using var together = X509Certificate2.CreateFromPem(certificatePem, keyPem);
            return new KeyPair(X509CertificateLoader.LoadCertificate(together.RawData), certificatePem, keyPem);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            // Somebody broke it: it is made anew.
            return null;
        }
    }

    /// <summary>The moment after this share of its life, counted from when it was made.</summary>
    public DateTimeOffset After(double share) => MadeAt + ((NotAfter - MadeAt) * share);

    /// <summary>Never the key.</summary>
    public override string ToString() => Certificate.Subject;
}
