using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TestPostgres;

namespace Provisioning.Tests.Kubernetes;

/// <summary>A certificate authority made for one test.</summary>
internal sealed class TestAuthority : IDisposable
{
    private static readonly DateTimeOffset From = DateTimeOffset.UtcNow.AddDays(-1);
    private readonly X509Certificate2 certificate;

    public TestAuthority(string name = "test CA")
        : this(name, null)
    {
    }

    private TestAuthority(string name, TestAuthority? parent)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        if (parent is null)
        {
            certificate = request.CreateSelfSigned(From, DateTimeOffset.UtcNow.AddDays(30));
        }
        else
        {
            using var signed = request.Create(parent.certificate, From, DateTimeOffset.UtcNow.AddDays(20), RandomNumberGenerator.GetBytes(8));
            certificate = signed.CopyWithPrivateKey(key);
        }
    }

    public string Pem => certificate.ExportCertificatePem();

    public X509Certificate2 Certificate => certificate;

    public TestAuthority Intermediate() => new("test intermediate", this);

    public X509Certificate2 IssueServer(params string[] names) => Issue("CN=server", "1.3.6.1.5.5.7.3.1", names, DateTimeOffset.UtcNow.AddDays(10));

    public X509Certificate2 IssueExpired(params string[] names) => Issue("CN=server", "1.3.6.1.5.5.7.3.1", names, DateTimeOffset.UtcNow.AddHours(-1));

    public X509Certificate2 IssueClient(string user, bool rsa = false) =>
        Issue($"CN={user}", "1.3.6.1.5.5.7.3.2", [], DateTimeOffset.UtcNow.AddDays(10), rsa);

    public void Dispose() => certificate.Dispose();

    private X509Certificate2 Issue(string subject, string usage, string[] names, DateTimeOffset until, bool rsa = false)
    {
        using AsymmetricAlgorithm key = rsa ? RSA.Create(2048) : ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = key is RSA rsaKey
            ? new CertificateRequest(subject, rsaKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest(subject, (ECDsa)key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        request.CertificateExtensions.Add(TestCertificateAuthority.AlternativeNames(names));
        using var signed = request.Create(
            certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(certificate.GetECDsaPrivateKey()!), From, until, RandomNumberGenerator.GetBytes(8));
        return key is RSA ? signed.CopyWithPrivateKey((RSA)key) : signed.CopyWithPrivateKey((ECDsa)key);
    }
}
