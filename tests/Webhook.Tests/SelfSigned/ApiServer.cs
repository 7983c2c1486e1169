using System.Security.Cryptography.X509Certificates;

namespace Webhook.Tests.SelfSigned;

/// <summary>Trusts as an API server does: the leaf must lead to a certificate of the bundle, and both must be valid now.</summary>
internal static class ApiServer
{
    public static bool Trusts(string bundle, X509Certificate2 leaf, DateTimeOffset now)
    {
        var roots = new X509Certificate2Collection();
        roots.ImportFromPem(bundle);
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(roots);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        return chain.Build(leaf);
    }

    public static void AssertTrusts(IReadOnlyList<string> bundles, X509Certificate2 leaf, DateTimeOffset now)
    {
        Assert.Equal(3, bundles.Count);
        Assert.All(bundles, bundle => Assert.True(Trusts(bundle, leaf, now), $"{leaf.Subject} of {leaf.Issuer} is not trusted on {now:u}"));
    }
}
