using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Webhook.SelfSigned;

/// <summary>Decides what is renewed, from what is stored, what is trusted and the time.</summary>
internal static class RenewalPlan
{
    /// <summary>The steps, in their order; none: everything is as it should be.</summary>
    /// <param name="stored">What the Secret holds.</param>
    /// <param name="bundles">What each webhook's <c>caBundle</c> holds.</param>
    /// <param name="policy">When what is renewed.</param>
    /// <param name="now">The time.</param>
    public static IReadOnlyList<RenewalStep> Decide(
        StoredCertificates stored, IReadOnlyList<IReadOnlyList<X509Certificate2>> bundles, RenewalPolicy policy, DateTimeOffset now)
    {
        var steps = new List<RenewalStep>();
        var next = IsAlive(stored.Next, now) ? stored.Next : null;
        if (!IsAlive(stored.Authority, now))
        {
            steps.Add(next is null ? new RenewalStep.MakeAuthority() : new RenewalStep.PromoteAuthority());
        }
        else if (next is not null && now >= next.MadeAt + policy.Overlap && bundles.All(bundle => Holds(bundle, next.Certificate)))
        {
            steps.Add(new RenewalStep.PromoteAuthority());
        }
        else if (next is null && now >= stored.Authority!.After(policy.Share))
        {
            steps.Add(new RenewalStep.PrepareAuthority());
        }

        var signerChanges = steps.Exists(step => step is RenewalStep.MakeAuthority or RenewalStep.PromoteAuthority);
        if (signerChanges || !IsGood(stored.Leaf, stored.Authority!, policy, now))
        {
            steps.Add(new RenewalStep.IssueLeaf());
        }
        else if (stored.Former.Count > 0 && now >= stored.Leaf!.MadeAt + (2 * policy.Overlap))
        {
            steps.Add(new RenewalStep.ForgetFormer());
        }

        return steps;
    }

    /// <summary>Carries the steps out, in memory.</summary>
    public static StoredCertificates Apply(
        StoredCertificates stored,
        IReadOnlyList<IReadOnlyList<X509Certificate2>> bundles,
        IReadOnlyList<RenewalStep> steps,
        RenewalPolicy policy,
        DateTimeOffset now) =>
        steps.Aggregate(stored, (state, step) => step switch
        {
            RenewalStep.MakeAuthority => new StoredCertificates(
                CertificateMaker.MakeAuthority(now, policy.AuthorityLifetime), null, Distinct([.. state.Former, .. bundles.SelectMany(bundle => bundle)]), null),
            RenewalStep.PrepareAuthority => state with { Next = CertificateMaker.MakeAuthority(now, policy.AuthorityLifetime) },
            RenewalStep.PromoteAuthority => state with
            {
                Authority = state.Next,
                Next = null,
                Former = Distinct(state.Authority is { } before && IsAlive(before, now) ? [before.Certificate, .. state.Former] : state.Former),
            },
            RenewalStep.ForgetFormer => state with { Former = [] },
            _ => state with { Leaf = CertificateMaker.Issue(state.Authority!, policy.Names, now, policy.CertificateLifetime) },
        });

    /// <summary>The next moment at which a step is due by the clock alone.</summary>
    public static DateTimeOffset NextMoment(StoredCertificates stored, RenewalPolicy policy)
    {
        var leaf = stored.Leaf!.After(policy.Share);
        var authority = stored.Next is { } next ? next.MadeAt + policy.Overlap : stored.Authority!.After(policy.Share);
        return leaf < authority ? leaf : authority;
    }

    // The beginning is not looked at: of two replicas whose clocks differ, one would replace for ever what the other has made.
    private static bool IsAlive(KeyPair? pair, DateTimeOffset now) => pair is not null && now < pair.NotAfter;

    private static bool IsGood(KeyPair? leaf, KeyPair authority, RenewalPolicy policy, DateTimeOffset now) =>
        IsAlive(leaf, now)
        && now < leaf!.After(policy.Share)
        && policy.Names.All(name => Covers(leaf.Certificate, name))
        && CertificateTrust.IsSignedByOneOf(leaf.Certificate, [authority.Certificate]);

    private static bool Covers(X509Certificate2 leaf, string name)
    {
        var names = leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>();
        return IPAddress.TryParse(name, out var address)
            ? names.Any(extension => extension.EnumerateIPAddresses().Contains(address))
            : names.Any(extension => extension.EnumerateDnsNames().Contains(name, StringComparer.OrdinalIgnoreCase));
    }

    private static bool Holds(IEnumerable<X509Certificate2> bundle, X509Certificate2 certificate) =>
        bundle.Any(candidate => candidate.Thumbprint == certificate.Thumbprint);

    private static IReadOnlyList<X509Certificate2> Distinct(IEnumerable<X509Certificate2> certificates) =>
        [.. certificates.DistinctBy(certificate => certificate.Thumbprint, StringComparer.Ordinal)];
}
