using System.Security.Cryptography.X509Certificates;
using System.Text;
using Provisioning.Resources;

namespace Webhook.SelfSigned;

/// <summary>What the Secret holds. A part is null when it is missing or nobody could use it.</summary>
/// <param name="Authority">Who signs.</param>
/// <param name="Next">Who will sign: already trusted, so that everybody knows it by then.</param>
/// <param name="Former">Who signed what replicas may still serve: trusted for a while, their keys are gone.</param>
/// <param name="Leaf">What the replicas serve.</param>
internal sealed record StoredCertificates(KeyPair? Authority, KeyPair? Next, IReadOnlyList<X509Certificate2> Former, KeyPair? Leaf)
{
    private const string FormerKey = "former-ca.crt";

    /// <summary>Nothing.</summary>
    public static StoredCertificates None { get; } = new(null, null, [], null);

    /// <summary>Everybody that the API server is to trust, the signer first.</summary>
    public IEnumerable<X509Certificate2> Trusted =>
        [.. new[] { Authority, Next }.OfType<KeyPair>().Select(pair => pair.Certificate), .. Former];

    /// <summary>Reads a Secret; whatever somebody did to it, this throws nothing.</summary>
    public static StoredCertificates Read(Secret? secret, DateTimeOffset now)
    {
        return new StoredCertificates(Authority("ca"), Authority("next-ca"), CertificateTrust.Parse(Text(FormerKey), now), Pair("tls"));

        string? Text(string key) => secret?.Data?.GetValueOrDefault(key) is { } bytes ? Encoding.UTF8.GetString(bytes) : null;
        KeyPair? Pair(string name) => KeyPair.Parse(Text($"{name}.crt"), Text($"{name}.key"));
        KeyPair? Authority(string name) => Pair(name) is { } pair && IsAuthority(pair.Certificate) ? pair : null;
    }

    /// <summary>The Secret's data; null for a key that it is not to have.</summary>
    public IReadOnlyDictionary<string, byte[]?> ToData()
    {
        var data = new Dictionary<string, byte[]?>(StringComparer.Ordinal);
        Add("tls", Leaf);
        Add("ca", Authority);
        Add("next-ca", Next);
        data[FormerKey] = Former.Count == 0 ? null : Encoding.UTF8.GetBytes(CertificateTrust.ToPem(Former));
        return data;

        void Add(string name, KeyPair? pair)
        {
            data[$"{name}.crt"] = pair is null ? null : Encoding.UTF8.GetBytes(pair.CertificatePem);
            data[$"{name}.key"] = pair is null ? null : Encoding.UTF8.GetBytes(pair.KeyPem);
        }
    }

    private static bool IsAuthority(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(constraints => constraints.CertificateAuthority);
}
