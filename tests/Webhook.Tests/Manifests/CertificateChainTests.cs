using System.Globalization;
using YamlDotNet.RepresentationModel;

namespace Webhook.Tests.Manifests;

/// <summary>Root, authority, leaf: renewing the leaf must not touch what the API server trusts.</summary>
public sealed class CertificateChainTests
{
    private static readonly IReadOnlyList<YamlNode> Objects = [.. Manifest.Read("../certs/issuer.yaml"), .. Manifest.Read("../certs/certificate.yaml")];

    private static YamlNode Leaf => Objects.One("Certificate", "k0rdent-datasource-webhook");

    private static YamlNode Authority => Objects.One("Certificate", "k0rdent-datasource-ca");

    [Fact]
    public void The_leaf_is_signed_by_an_authority_that_a_self_signed_root_makes()
    {
        var issuer = Objects.One("Issuer", Leaf.Text("spec.issuerRef.name"));
        Assert.Equal(Authority.Text("spec.secretName"), issuer.Text("spec.ca.secretName"));
        Assert.Equal("true", Authority.Text("spec.isCA"));

        var root = Objects.One("Issuer", Authority.Text("spec.issuerRef.name"));
        Assert.NotNull(root.Find("spec.selfSigned"));
        Assert.Null(Leaf.Find("spec.isCA"));
    }

    [Fact]
    public void The_leaf_lives_90_days_and_the_authority_stays_through_dozens_of_leaves()
    {
        Assert.Equal(90 * 24, Hours(Leaf, "spec.duration"));
        Assert.Equal(30 * 24, Hours(Leaf, "spec.renewBefore"));

        // The authority is replaced before a leaf could outlive it: caBundle changes once in eight years, and holds the new one in time.
        Assert.Equal(10 * 365 * 24, Hours(Authority, "spec.duration"));
        Assert.True(Hours(Authority, "spec.renewBefore") > 2 * Hours(Leaf, "spec.duration"));
    }

    [Theory]
    [InlineData("webhook/validating.yaml")]
    [InlineData("webhook/mutating.yaml")]
    public void The_API_server_is_told_to_trust_the_authority_behind_the_leaf(string file)
    {
        var annotations = (YamlMappingNode)Manifest.Read(file).Single().Find("metadata.annotations")!;

        // cainjector takes ca.crt of that Certificate's Secret, which is its issuer's certificate: the authority's.
        Assert.Equal(
            $"{Leaf.Text("metadata.namespace")}/{Leaf.Text("metadata.name")}", annotations.Children[new YamlScalarNode("cert-manager.io/inject-ca-from")].ToString());
    }

    private static int Hours(YamlNode certificate, string path) => int.Parse(certificate.Text(path).TrimEnd('h'), CultureInfo.InvariantCulture);
}
