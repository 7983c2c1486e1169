using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Webhook.Hosting;

/// <summary>A certificate with its key and its intermediates, ready to serve.</summary>
/// <param name="Context">What the TLS stack serves.</param>
/// <param name="NotAfter">When the leaf expires.</param>
/// <param name="Thumbprint">The leaf's SHA-256 thumbprint, for the log.</param>
internal sealed record CertificatePair(SslStreamCertificateContext Context, DateTimeOffset NotAfter, string Thumbprint)
{
    /// <summary>Reads a leaf with its chain and the leaf's key.</summary>
    /// <param name="certificate">The leaf first, then its intermediates, in PEM.</param>
    /// <param name="key">The leaf's key, in PEM.</param>
    /// <exception cref="CryptographicException">One of them is no PEM, or the key is another certificate's.</exception>
    public static CertificatePair Parse(string certificate, string key)
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(certificate);
        var leaf = X509Certificate2.CreateFromPem(certificate, key);
        var intermediates = new X509Certificate2Collection(chain.Skip(1).ToArray());

        // Offline: building the chain must not fetch anything, the intermediates are in the file.
        var context = SslStreamCertificateContext.Create(leaf, intermediates, offline: true);
        return new CertificatePair(context, new DateTimeOffset(leaf.NotAfter), leaf.GetCertHashString(HashAlgorithmName.SHA256));
    }
}

/// <summary>The content of the two files at one moment.</summary>
/// <param name="Certificate"><c>tls.crt</c>.</param>
/// <param name="Key"><c>tls.key</c>.</param>
/// <param name="Digest">Changes when one of them does.</param>
internal sealed record CertificateFiles(string Certificate, string Key, string Digest)
{
    /// <summary>The name that Kubernetes gives the chain in a Secret of type <c>kubernetes.io/tls</c>.</summary>
    public const string CertificateFile = "tls.crt";

    /// <summary>The name that Kubernetes gives the key.</summary>
    public const string KeyFile = "tls.key";

    /// <summary>Reads both; a link is followed anew each time, as Kubernetes swaps links in mounted Secrets.</summary>
    /// <exception cref="IOException">One of them is missing.</exception>
    /// <exception cref="UnauthorizedAccessException">One of them may not be read.</exception>
    public static CertificateFiles Read(string directory)
    {
        var certificate = File.ReadAllText(Path.Combine(directory, CertificateFile));
        var key = File.ReadAllText(Path.Combine(directory, KeyFile));
        var digest = SHA256.HashData(Encoding.UTF8.GetBytes($"{certificate}\0{key}"));
        return new CertificateFiles(certificate, key, Convert.ToHexString(digest));
    }

    /// <summary>Never the key.</summary>
    public override string ToString() => $"{CertificateFile} and {KeyFile}";
}
