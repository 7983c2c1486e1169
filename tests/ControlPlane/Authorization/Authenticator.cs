using System.Collections.Concurrent;
using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using ControlPlane.Http;

namespace ControlPlane.Authorization;

/// <summary>Finds out who asks: a client certificate of the cluster's authority, or a ServiceAccount's token.</summary>
internal sealed class Authenticator(X509Certificate2 authority, ServiceAccountTokens tokens, TimeProvider timeProvider)
{
    private const string CredentialId = "authentication.kubernetes.io/credential-id";
    private readonly ConcurrentDictionary<string, UserInfo?> _known = new(StringComparer.Ordinal);

    /// <summary>The user; anonymous when the request carries nothing.</summary>
    /// <exception cref="ApiException">401: it carries something that is not valid.</exception>
    public UserInfo Authenticate(HttpContext context)
    {
        var header = context.Request.Headers.Authorization.ToString();
        if (context.Connection.ClientCertificate is { } certificate)
        {
            return _known.GetOrAdd(certificate.Thumbprint, _ => Read(certificate)) ?? throw ApiException.Unauthorized();
        }

        if (header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            return tokens.Find(header["Bearer ".Length..].Trim()) ?? throw ApiException.Unauthorized();
        }

        return header.Length > 0
            ? throw ApiException.Unauthorized()
            : new UserInfo { Name = "system:anonymous", Groups = ["system:unauthenticated"] };
    }

    private UserInfo? Read(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = timeProvider.GetUtcNow().UtcDateTime;
        chain.ChainPolicy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid("1.3.6.1.5.5.7.3.2"));
        if (!chain.Build(certificate))
        {
            return null;
        }

        var names = Names(certificate.SubjectName);
        return new UserInfo
        {
            Name = names.LastOrDefault(n => n.Oid == "2.5.4.3").Value ?? "",
            Groups = [.. names.Where(n => n.Oid == "2.5.4.10").Select(n => n.Value), "system:authenticated"],
            Extra = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal)
            {
                [CredentialId] = [$"X509SHA256={Convert.ToHexStringLower(certificate.GetCertHash(System.Security.Cryptography.HashAlgorithmName.SHA256))}"],
            },
        };
    }

    private static List<(string Oid, string Value)> Names(X500DistinguishedName name)
    {
        var names = new List<(string, string)>();
        var sequence = new AsnReader(name.RawData, AsnEncodingRules.DER).ReadSequence();
        while (sequence.HasData)
        {
            var set = sequence.ReadSetOf();
            while (set.HasData)
            {
                var pair = set.ReadSequence();
                var oid = pair.ReadObjectIdentifier();
                var tag = (UniversalTagNumber)pair.PeekTag().TagValue;
                names.Add((oid, pair.ReadCharacterString(tag)));
            }
        }

        return names;
    }
}
