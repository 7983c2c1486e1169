using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Webhook.Tests.Hosting;

/// <summary>A root, an intermediate, and leaves for localhost.</summary>
internal sealed class TestCertificates : IDisposable
{
    private readonly X509Certificate2 intermediate;

    public TestCertificates()
    {
        Root = Issue("CN=root", issuer: null, isAuthority: true, TimeSpan.FromDays(30));
        intermediate = Issue("CN=intermediate", Root, isAuthority: true, TimeSpan.FromDays(20));
    }

    public X509Certificate2 Root { get; }

    /// <summary>Writes tls.crt (leaf and intermediate) and tls.key; returns the leaf's thumbprint.</summary>
    public string Write(string directory, TimeSpan? lifetime = null)
    {
        using var leaf = Issue("CN=localhost", intermediate, isAuthority: false, lifetime ?? TimeSpan.FromDays(10));
        using var key = leaf.GetECDsaPrivateKey()!;
        File.WriteAllText(Path.Combine(directory, "tls.key"), key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(Path.Combine(directory, "tls.crt"), $"{leaf.ExportCertificatePem()}\n{intermediate.ExportCertificatePem()}\n");
        return leaf.Thumbprint;
    }

    public void Dispose()
    {
        Root.Dispose();
        intermediate.Dispose();
    }

    private static X509Certificate2 Issue(string subject, X509Certificate2? issuer, bool isAuthority, TimeSpan lifetime)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, true));
        var subjectNames = new SubjectAlternativeNameBuilder();
        subjectNames.AddDnsName("localhost");
        request.CertificateExtensions.Add(subjectNames.Build());

        // A leaf that has expired began before it did.
        var end = DateTimeOffset.UtcNow + lifetime;
        var start = isAuthority ? DateTimeOffset.UtcNow.AddDays(-2) : (end < DateTimeOffset.UtcNow ? end : DateTimeOffset.UtcNow).AddHours(-1);
        if (issuer is null)
        {
            return request.CreateSelfSigned(start, end);
        }

        using var certificate = request.Create(issuer, start, end, RandomNumberGenerator.GetBytes(16));
        return certificate.CopyWithPrivateKey(key);
    }
}
