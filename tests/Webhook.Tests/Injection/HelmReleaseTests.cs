using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Provisioning.Kubernetes;
using Provisioning.Resources;
using Webhook.Admission;
using Webhook.Injection;

namespace Webhook.Tests.Injection;

/// <summary>A cluster of team-a with a published ClusterDataSource, and reviews of its HelmRelease.</summary>
public abstract class HelmReleaseTests
{
    private protected const string Owner = """{"apiVersion":"k0rdent.mirantis.com/v1beta1","kind":"ClusterDeployment","name":"prod","uid":"uid-1"}""";
    private protected const string Wanted = """{"kineDataSourceSecretName":"prod-kine","caSecret":{"name":"prod-kine-ca","key":"my-ca.pem"}}""";
    private protected static readonly NamespacedName Key = new("team-a", "prod");

    private protected StubKubernetesClient Kubernetes { get; } = new();

    private protected HelmReleaseHandler Handler { get; }

    protected HelmReleaseTests()
    {
        var published = new PublishedDataSources(Kubernetes);
        Handler = new HelmReleaseHandler(
            published, new ConsumerInjection(published, NullLogger<ConsumerInjection>.Instance), NullLogger<HelmReleaseHandler>.Instance);
        Kubernetes.Put(Cluster());
        Kubernetes.Put(Published("prod-kine", "prod-kine-ca"));
        Kubernetes.Put(new DataSource
        {
            Metadata = Meta("pg"),
            Spec = new DataSourceSpec { CertificateAuthority = new SecretKeyReference { Name = "pg-ca", Key = "my-ca.pem" } },
        });
    }

    private protected static string Release(string spec, string owner = Owner) =>
        $$$"""{"apiVersion":"helm.toolkit.fluxcd.io/v2","kind":"HelmRelease","metadata":{"name":"prod","ownerReferences":[{{{owner}}}]},"spec":{{{spec}}}}""";

    private protected static ObjectMeta Meta(string name) => new() { Namespace = "team-a", Name = name, Uid = "uid-1", Generation = 2 };

    private protected static ClusterDeployment Cluster() => new() { Metadata = Meta("prod"), Spec = new ClusterDeploymentSpec { DataSource = "pg" } };

    private protected static ClusterDataSource Published(string secret, string? authority, long observedGeneration = 2) => new()
    {
        Metadata = Meta("prod"),
        Spec = new ClusterDataSourceSpec { DataSource = "pg", Schema = "team_a_prod_abcde" },
        Status = new ClusterDataSourceStatus { Ready = true, KineDataSourceSecret = secret, CaSecret = authority, ObservedGeneration = observedGeneration },
    };

    private protected static AdmissionRequest Request(string release, string? oldRelease)
    {
        // The real way in: the envelope is read, the release is a slice of it.
        var review = $$$"""
            {"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u","name":"prod","namespace":"team-a",
            "kind":{"group":"helm.toolkit.fluxcd.io","version":"v2","kind":"HelmRelease"},
            "resource":{"group":"helm.toolkit.fluxcd.io","version":"v2","resource":"helmreleases"},
            "operation":"{{{(oldRelease is null ? "CREATE" : "UPDATE")}}}","object":{{{release}}},"oldObject":{{{oldRelease ?? "null"}}}}}
            """;
        return AdmissionReviewReader.Read(Encoding.UTF8.GetBytes(review));
    }

    private protected ValueTask<AdmissionDecision> DecideAsync(string release) => Handler.DecideAsync(Request(release, null), CancellationToken.None);

    private protected async Task<string> DenialAsync()
    {
        var denied = Assert.IsType<AdmissionDecision.Denied>(await DecideAsync(Release("{}")));
        Assert.Equal("spec.values.dataSource", denied.Causes[0].Field);
        return denied.Causes[0].Message;
    }
}
