using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Provisioning.ClusterDataSources;

/// <summary>Takes the certificates, and nothing else, out of what a user put into a Secret.</summary>
internal static class CertificateBlocks
{
    private const string Label = "CERTIFICATE";

    /// <summary>
    /// The CERTIFICATE blocks (RFC 7468) in their order, each readable as a certificate; null when there is none or one is broken. A private
    /// key that lies beside them must not reach control planes.
    /// </summary>
    public static string? Extract(byte[] value)
    {
        var blocks = new StringBuilder();
        ReadOnlySpan<char> rest = Encoding.UTF8.GetString(value);
        while (PemEncoding.TryFind(rest, out var fields))
        {
            if (rest[fields.Label].SequenceEqual(Label))
            {
                if (!IsCertificate(rest[fields.Location]))
                {
                    return null;
                }

                blocks.Append(PemEncoding.WriteString(Label, Convert.FromBase64String(rest[fields.Base64Data].ToString()))).Append('\n');
            }

            rest = rest[fields.Location.End..];
        }

        return blocks.Length == 0 ? null : blocks.ToString();
    }

    private static bool IsCertificate(ReadOnlySpan<char> pem)
    {
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(pem);
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
