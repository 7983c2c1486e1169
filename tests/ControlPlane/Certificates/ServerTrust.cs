using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace ControlPlane.Certificates;

/// <summary>Trust in servers whose authority is no other than a given one, as in a kubeconfig or a <c>caBundle</c>.</summary>
internal static class ServerTrust
{
    /// <summary>Whether one of the authorities signed the certificate, and it is for the server that was called.</summary>
    /// <param name="authorities">The only authorities.</param>
    /// <param name="certificate">What the server showed; null: nothing.</param>
    /// <param name="errors">What the handshake found.</param>
    public static bool IsTrusted(X509Certificate2Collection authorities, X509Certificate2? certificate, SslPolicyErrors errors)
    {
        if (certificate is null || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None)
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate);
    }
}
