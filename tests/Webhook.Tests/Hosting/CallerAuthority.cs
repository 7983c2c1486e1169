using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Webhook.Tests.Hosting;

/// <summary>An authority that signs the certificates of callers, through an intermediate when asked.</summary>
internal sealed class CallerAuthority : IDisposable
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private readonly X509Certificate2 root = Issue("CN=callers", null, null, isAuthority: true, TimeSpan.FromDays(30), ClientAuthentication);
    private readonly X509Certificate2 intermediate;

    public CallerAuthority() => intermediate = Issue("CN=callers 2", null, root, isAuthority: true, TimeSpan.FromDays(20), ClientAuthentication);

    public string Pem => root.ExportCertificatePem();

    /// <summary>A certificate with its key, and what is sent with it.</summary>
    public SslStreamCertificateContext Issue(
        string commonName, string? dnsName = null, TimeSpan? lifetime = null, string usage = ClientAuthentication, bool throughIntermediate = false)
    {
        var issuer = throughIntermediate ? intermediate : root;
        var leaf = Issue($"CN={commonName}", dnsName, issuer, isAuthority: false, lifetime ?? TimeSpan.FromDays(1), usage);
        return SslStreamCertificateContext.Create(leaf, throughIntermediate ? [intermediate] : [], offline: true);
    }

    public void Dispose()
    {
        root.Dispose();
        intermediate.Dispose();
    }

    private static X509Certificate2 Issue(
        string subject, string? dnsName, X509Certificate2? issuer, bool isAuthority, TimeSpan lifetime, string usage)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, true));
        if (!isAuthority)
        {
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        }

        if (dnsName is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(dnsName);
            request.CertificateExtensions.Add(names.Build());
        }

        var end = DateTimeOffset.UtcNow + lifetime;
        var start = isAuthority ? DateTimeOffset.UtcNow.AddDays(-2) : DateTimeOffset.UtcNow.AddDays(-1);
        if (issuer is null)
        {
            return request.CreateSelfSigned(start, end);
        }

        using var certificate = request.Create(issuer, start, end, RandomNumberGenerator.GetBytes(16));
        return certificate.CopyWithPrivateKey(key);
    }
}
