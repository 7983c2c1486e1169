namespace Webhook.SelfSigned;

/// <summary>When what is renewed, and for which names.</summary>
/// <param name="Names">What the leaf is for; the first is the name that the API server calls.</param>
/// <param name="CertificateLifetime">A leaf's.</param>
/// <param name="AuthorityLifetime">An authority's.</param>
/// <param name="Overlap">How long an authority is trusted before it signs.</param>
/// <param name="Share">The share of a lifetime after which this process renews: two thirds, and a little that differs between replicas.</param>
internal sealed record RenewalPolicy(
    IReadOnlyList<string> Names, TimeSpan CertificateLifetime, TimeSpan AuthorityLifetime, TimeSpan Overlap, double Share)
{
    private const double EarliestShare = 2.0 / 3;

    // Of several replicas one comes first, and the others see what it has done.
    private const double Spread = 0.05;

    /// <summary>The policy of a process.</summary>
    /// <param name="options">The configuration.</param>
    /// <param name="random">A number between 0 and 1, this process's own.</param>
    public static RenewalPolicy From(SelfSignedOptions options, double random) => new(
        [
            $"{options.ServiceName}.{options.Namespace}.svc",
            $"{options.ServiceName}.{options.Namespace}.svc.cluster.local",
            .. options.AdditionalNames,
        ],
        options.CertificateLifetime,
        options.AuthorityLifetime,
        options.AuthorityOverlap,
        EarliestShare + (random * Spread));
}
