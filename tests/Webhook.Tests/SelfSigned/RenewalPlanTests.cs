using System.Security.Cryptography.X509Certificates;
using Webhook.SelfSigned;

namespace Webhook.Tests.SelfSigned;

public sealed class RenewalPlanTests
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly RenewalPolicy Policy = new(
        ["service.ns.svc"], TimeSpan.FromDays(90), TimeSpan.FromDays(3650), TimeSpan.FromHours(1), 2.0 / 3);

    [Fact]
    public void A_successor_signs_only_when_it_was_trusted_for_the_overlap_by_every_webhook()
    {
        var successor = CertificateMaker.MakeAuthority(Start, Policy.AuthorityLifetime);
        var stored = Stored(Start) with { Next = successor };
        IReadOnlyList<X509Certificate2> knows = [stored.Authority!.Certificate, successor.Certificate];
        IReadOnlyList<X509Certificate2> doesNot = [stored.Authority!.Certificate];

        Assert.Empty(Decide(stored, Start + Policy.Overlap - TimeSpan.FromSeconds(1), knows, knows));
        Assert.Empty(Decide(stored, Start + Policy.Overlap, knows, doesNot));
        Assert.Equal(["PromoteAuthority", "IssueLeaf"], Decide(stored, Start + Policy.Overlap, knows, knows));
    }

    [Fact]
    public void A_leaf_is_renewed_after_two_thirds_and_an_authority_gets_its_successor_then()
    {
        var stored = Stored(Start);

        Assert.Empty(Decide(stored, Start.AddDays(59)));
        Assert.Equal(["IssueLeaf"], Decide(stored, Start.AddDays(60)));
        Assert.Equal(["PrepareAuthority", "IssueLeaf"], Decide(stored, Start.AddDays(2434)));
    }

    [Fact]
    public void Another_Service_name_needs_another_leaf()
    {
        Assert.Equal(
            ["IssueLeaf"],
            RenewalPlan.Decide(Stored(Start), [], Policy with { Names = ["other.ns.svc"] }, Start).Select(step => step.GetType().Name));
    }

    [Fact]
    public void A_successor_takes_over_at_once_when_the_authority_is_lost()
    {
        var stored = Stored(Start) with { Authority = null, Next = CertificateMaker.MakeAuthority(Start, Policy.AuthorityLifetime) };

        Assert.Equal(["PromoteAuthority", "IssueLeaf"], Decide(stored, Start));
        Assert.Equal(["MakeAuthority", "IssueLeaf"], Decide(stored with { Next = null }, Start));
    }

    private static StoredCertificates Stored(DateTimeOffset now)
    {
        var authority = CertificateMaker.MakeAuthority(now, Policy.AuthorityLifetime);
        return new StoredCertificates(authority, null, [], CertificateMaker.Issue(authority, Policy.Names, now, Policy.CertificateLifetime));
    }

    private static IEnumerable<string> Decide(StoredCertificates stored, DateTimeOffset now, params IReadOnlyList<X509Certificate2>[] bundles) =>
        RenewalPlan.Decide(stored, bundles, Policy, now).Select(step => step.GetType().Name);
}
