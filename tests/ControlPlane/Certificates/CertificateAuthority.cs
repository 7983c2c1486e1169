using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ControlPlane.Certificates;

/// <summary>A certificate authority that lives as long as one control plane.</summary>
internal sealed class CertificateAuthority : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly DateTimeOffset _notBefore;
    private readonly DateTimeOffset _notAfter;

    /// <summary>Makes a self-signed authority that was valid an hour ago (clocks differ) and is valid for ten days.</summary>
    public CertificateAuthority(string name, TimeProvider timeProvider)
    {
        _notBefore = timeProvider.GetUtcNow().AddHours(-1);
        _notAfter = _notBefore.AddDays(10);
        var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign | X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        Certificate = request.CreateSelfSigned(_notBefore, _notAfter);
    }

    /// <summary>The authority's own certificate, with its key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>The authority's certificate in PEM, without its key.</summary>
    public string CertificatePem => Certificate.ExportCertificatePem() + "\n";

    /// <summary>Issues a server certificate for 127.0.0.1, ::1 and the names.</summary>
    public IssuedCertificate IssueServer(params string[] dnsNames)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        foreach (var name in dnsNames)
        {
            names.AddDnsName(name);
        }

        var subject = new X500DistinguishedNameBuilder();
        subject.AddCommonName(dnsNames.Length > 0 ? dnsNames[0] : "localhost");
        return Issue(subject.Build(), "1.3.6.1.5.5.7.3.1", names.Build());
    }

    /// <summary>Issues a client certificate: the user in CN, each group in an O, as the API server reads them.</summary>
    public IssuedCertificate IssueClient(string username, IReadOnlyList<string> groups)
    {
        var subject = new X500DistinguishedNameBuilder();
        foreach (var group in groups)
        {
            subject.AddOrganizationName(group);
        }

        subject.AddCommonName(username);
        return Issue(subject.Build(), "1.3.6.1.5.5.7.3.2", null);
    }

    private IssuedCertificate Issue(X500DistinguishedName subject, string purpose, X509Extension? names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], false));
        if (names is not null)
        {
            request.CertificateExtensions.Add(names);
        }

        using var certificate = request.Create(Certificate, _notBefore, _notAfter, RandomNumberGenerator.GetBytes(16));
        return new IssuedCertificate(certificate.ExportCertificatePem() + "\n", key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    public void Dispose()
    {
        Certificate.Dispose();
        _key.Dispose();
    }
}

/// <summary>A certificate and its key, both in PEM.</summary>
internal sealed record IssuedCertificate(string CertificatePem, string KeyPem)
{
    /// <summary>Loads both into one object; the caller disposes it.</summary>
    public X509Certificate2 Load()
    {
        using var ephemeral = X509Certificate2.CreateFromPem(CertificatePem, KeyPem);
        // SslStream wants a key that is not ephemeral on some platforms: a PKCS #12 round trip gives one everywhere.
        return X509CertificateLoader.LoadPkcs12(ephemeral.Export(X509ContentType.Pkcs12), null);
    }
}
