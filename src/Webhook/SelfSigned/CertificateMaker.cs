using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Webhook.SelfSigned;

/// <summary>Makes authorities, and certificates that they sign: ECDSA with P-256.</summary>
internal static class CertificateMaker
{
    private const int SerialNumberBytes = 16;
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");

    /// <summary>An authority that signs itself and nothing but leaves.</summary>
    public static KeyPair MakeAuthority(DateTimeOffset now, TimeSpan lifetime)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        // A name of its own: of two authorities with one name in a bundle, some verifiers try only the first.
        var name = $"CN=k0rdent-datasource webhook authority {RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        using var certificate = request.CreateSelfSigned(now - KeyPair.Backdating, now + lifetime);
        return Pair(certificate, key);
    }

    /// <summary>A server's certificate; it does not outlive the authority.</summary>
    /// <param name="authority">Who signs.</param>
    /// <param name="names">DNS names and IP addresses; the first is a DNS name and becomes the subject.</param>
    /// <param name="now">When it is made.</param>
    /// <param name="lifetime">From then on.</param>
    public static KeyPair Issue(KeyPair authority, IReadOnlyList<string> names, DateTimeOffset now, TimeSpan lifetime)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(Subject(names[0]), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([ServerAuthentication], false));
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address))
            {
                alternatives.AddIpAddress(address);
            }
            else
            {
                alternatives.AddDnsName(name);
            }
        }

        request.CertificateExtensions.Add(alternatives.Build());
        using var signer = X509Certificate2.CreateFromPem(authority.CertificatePem, authority.KeyPem);
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(signer, true, false));
        var end = now + lifetime < authority.NotAfter ? now + lifetime : authority.NotAfter;
        var start = now - KeyPair.Backdating;

        // .NET refuses a leaf that begins before its authority.
        start = start < authority.NotBefore ? authority.NotBefore : start;
        using var certificate = request.Create(signer, start, end, RandomNumberGenerator.GetBytes(SerialNumberBytes));
        return Pair(certificate, key);
    }

    // A common name holds 64 characters at most (RFC 5280, ub-common-name). Nobody reads it where there are alternative names.
    private static X500DistinguishedName Subject(string name)
    {
        var builder = new X500DistinguishedNameBuilder();
        builder.AddCommonName(name.Length <= 64 ? name : name[..64]);
        return builder.Build();
    }

    private static KeyPair Pair(X509Certificate2 certificate, ECDsa key) =>
        new(X509CertificateLoader.LoadCertificate(certificate.RawData), $"{certificate.ExportCertificatePem()}\n", $"{key.ExportPkcs8PrivateKeyPem()}\n");
}
