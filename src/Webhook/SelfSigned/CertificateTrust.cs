using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Webhook.SelfSigned;

/// <summary>What stands in a <c>caBundle</c>.</summary>
internal static class CertificateTrust
{
    /// <summary>A bundle in use has one to three; more is not ours, and each costs every handshake of the API server.</summary>
    private const int MaximumKept = 8;

    /// <summary>The certificates in a bundle, without those that have ended. What is no PEM has none.</summary>
    public static IReadOnlyList<X509Certificate2> Parse(string? pem, DateTimeOffset now)
    {
        var found = new X509Certificate2Collection();
        try
        {
            found.ImportFromPem(pem ?? "");
        }
        catch (CryptographicException)
        {
            // It is written anew.
            return [];
        }

        return [.. found.Where(certificate => new DateTimeOffset(certificate.NotAfter) > now).Take(MaximumKept)];
    }

    /// <summary>The certificates one after the other, each once.</summary>
    public static string ToPem(IEnumerable<X509Certificate2> certificates)
    {
        var text = new StringBuilder();
        foreach (var certificate in certificates.DistinctBy(certificate => certificate.Thumbprint, StringComparer.Ordinal))
        {
            text.Append(certificate.ExportCertificatePem()).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Whether one of these authorities signed the leaf. Says nothing about time.</summary>
    public static bool IsSignedByOneOf(X509Certificate2 leaf, IEnumerable<X509Certificate2> authorities)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities.ToArray());
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        return chain.Build(leaf);
    }
}
