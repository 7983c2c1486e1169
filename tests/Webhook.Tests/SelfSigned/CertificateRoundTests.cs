using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Provisioning.Kubernetes;
using Webhook.SelfSigned;

namespace Webhook.Tests.SelfSigned;

public sealed class CertificateRoundTests : IDisposable
{
    private readonly Clock clock = new();
    private readonly FakeCluster cluster = new();
    private readonly Replica replica;

    public CertificateRoundTests() => replica = new Replica(cluster, clock);

    public void Dispose() => replica.Dispose();

    [Fact]
    public async Task Makes_everything_and_is_ready_only_then()
    {
        Assert.Equal(HealthStatus.Unhealthy, (await replica.HealthAsync()).Status);
        Assert.False(replica.Source.IsLoaded);

        Assert.True(await replica.LookAsync());

        var health = await replica.HealthAsync();
        Assert.Equal(HealthStatus.Healthy, health.Status);
        Assert.Contains("its certificate until 2030-04-01", health.Description, StringComparison.Ordinal);
        ApiServer.AssertTrusts(cluster.Bundles, replica.Served, clock.Now);
        Assert.Equal(["create Secret", "patch ValidatingWebhookConfiguration", "patch MutatingWebhookConfiguration"], cluster.Writes);
    }

    [Fact]
    public async Task The_leaf_is_for_the_names_that_the_API_server_calls_and_the_authority_signs_leaves_only()
    {
        await replica.LookAsync();

        var names = replica.Served.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();
        Assert.Equal(["service.ns.svc", "service.ns.svc.cluster.local"], names.EnumerateDnsNames());
        Assert.Equal([IPAddress.Loopback], names.EnumerateIPAddresses());
        Assert.Equal("1.3.6.1.5.5.7.3.1", Assert.Single(replica.Served.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<Oid>()).Value);
        Assert.Equal(ECCurve.NamedCurves.nistP256.Oid.Value, replica.Served.GetECDsaPublicKey()!.ExportParameters(false).Curve.Oid.Value);
        var authority = X509Certificate2.CreateFromPem(cluster.Bundles[0]);
        var constraints = authority.Extensions.OfType<X509BasicConstraintsExtension>().Single();
        Assert.Equal((true, true, 0), (constraints.CertificateAuthority, constraints.HasPathLengthConstraint, constraints.PathLengthConstraint));
        Assert.DoesNotContain("PRIVATE", string.Concat(cluster.Bundles), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_look_at_what_is_as_it_should_be_writes_nothing()
    {
        await replica.LookAsync();
        cluster.Writes.Clear();
        clock.Now += TimeSpan.FromDays(59);

        Assert.True(await replica.LookAsync());

        Assert.Empty(cluster.Writes);
    }

    [Fact]
    public async Task The_slower_of_two_that_start_together_takes_what_the_faster_one_made()
    {
        using var other = new Replica(cluster, clock);
        cluster.OnRequest = request =>
        {
            if (request == "create Secret")
            {
                cluster.OnRequest = null;
                Assert.True(other.LookAsync().GetAwaiter().GetResult());
            }
        };

        Assert.False(await replica.LookAsync());
        Assert.True(await replica.LookAsync());

        Assert.Equal(other.Served.Thumbprint, replica.Served.Thumbprint);
        Assert.Single(cluster.Writes, write => write == "create Secret");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Whatever_another_makes_between_two_requests_of_this_one_stays_trusted(int request)
    {
        await replica.LookAsync();
        cluster.ChangeBundles("");
        using var other = new Replica(cluster, clock);
        var requests = 0;
        cluster.OnRequest = _ =>
        {
            if (++requests == request)
            {
                cluster.OnRequest = null;
                cluster.DeleteSecret();
                Assert.True(other.LookAsync().GetAwaiter().GetResult());
            }
        };

        Assert.Equal(request == 1, await replica.LookAsync());

        Assert.Null(cluster.OnRequest);
        ApiServer.AssertTrusts(cluster.Bundles, other.Served, clock.Now);
    }

    [Theory]
    [InlineData("tls.crt", null)]
    [InlineData("tls.key", null)]
    [InlineData("tls.key", "garbage")]
    [InlineData("tls.crt", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    public async Task A_broken_leaf_is_made_anew_by_the_same_authority(string key, string? value)
    {
        await replica.LookAsync();
        var (bundles, served) = (cluster.Bundles, replica.Served.Thumbprint);
        cluster.ChangeSecret(key, value);

        Assert.True(await replica.LookAsync());

        Assert.Equal(bundles, cluster.Bundles);
        Assert.NotEqual(served, replica.Served.Thumbprint);
        ApiServer.AssertTrusts(cluster.Bundles, replica.Served, clock.Now);
    }

    [Theory]
    [InlineData("ca.key", null)]
    [InlineData("ca.key", "garbage")]
    [InlineData("ca.crt", "")]
    public async Task A_broken_authority_is_made_anew_while_the_old_leaf_is_served_and_trusted(string key, string? value)
    {
        await replica.LookAsync();
        var (bundles, served) = (cluster.Bundles, replica.Served);
        cluster.ChangeSecret(key, value);

        Assert.True(await replica.LookAsync());

        Assert.NotEqual(bundles, cluster.Bundles);
        Assert.Equal(served.Thumbprint, replica.Served.Thumbprint);
        ApiServer.AssertTrusts(cluster.Bundles, served, clock.Now);
    }

    [Fact]
    public async Task The_authority_of_before_goes_out_of_the_bundle_after_twice_the_overlap()
    {
        await replica.LookAsync();
        var before = replica.Served;
        cluster.DeleteSecret();
        await replica.LookAsync();
        Assert.Equal(before.Thumbprint, replica.Served.Thumbprint);

        clock.Now += replica.Policy.Overlap;
        await replica.LookAsync();
        Assert.NotEqual(before.Thumbprint, replica.Served.Thumbprint);
        ApiServer.AssertTrusts(cluster.Bundles, before, clock.Now);

        clock.Now += replica.Policy.Overlap;
        await replica.LookAsync();
        Assert.False(ApiServer.Trusts(cluster.Bundles[0], before, clock.Now));
        ApiServer.AssertTrusts(cluster.Bundles, replica.Served, clock.Now);
    }

    [Fact]
    public async Task A_certificate_of_another_maker_stays_trusted_while_the_pods_that_serve_it_go()
    {
        var old = CertificateMaker.MakeAuthority(clock.Now, TimeSpan.FromDays(100));
        var leaf = CertificateMaker.Issue(old, ["service.ns.svc"], clock.Now, TimeSpan.FromDays(10));
        cluster.ChangeBundles(old.CertificatePem);

        await replica.LookAsync();

        ApiServer.AssertTrusts(cluster.Bundles, leaf.Certificate, clock.Now);
        ApiServer.AssertTrusts(cluster.Bundles, replica.Served, clock.Now);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("no PEM")]
    public async Task A_bundle_that_somebody_changed_is_written_again(string? bundle)
    {
        await replica.LookAsync();
        var before = cluster.Bundles;
        cluster.ChangeBundles(bundle);

        Assert.True(await replica.LookAsync());

        Assert.Equal(before, cluster.Bundles);
    }

    [Fact]
    public async Task Without_a_right_to_the_Secret_it_goes_on_serving_keeps_the_bundle_and_says_so()
    {
        await replica.LookAsync();
        var before = cluster.Bundles;
        cluster.DeleteSecret();
        cluster.ChangeBundles(null);
        cluster.OnRequest = request =>
        {
            if (request == "create Secret")
            {
                throw new KubernetesApiException(HttpStatusCode.Forbidden, "Forbidden", "no");
            }
        };

        await Assert.ThrowsAsync<KubernetesApiException>(replica.LookAsync);

        Assert.Equal(before, cluster.Bundles);
        ApiServer.AssertTrusts(cluster.Bundles, replica.Served, clock.Now);
        replica.State.Fail("no");
        Assert.Equal(HealthStatus.Degraded, (await replica.HealthAsync()).Status);
    }

    [Fact]
    public async Task A_missing_configuration_keeps_it_from_being_ready()
    {
        cluster.DeleteConfiguration<MutatingWebhookConfiguration>();

        var exception = await Assert.ThrowsAsync<KubernetesApiException>(replica.LookAsync);

        Assert.True(exception.IsNotFound);
        Assert.Equal(HealthStatus.Unhealthy, (await replica.HealthAsync()).Status);
    }

    [Fact]
    public async Task Says_that_an_injector_writes_the_same_field()
    {
        cluster.Annotate<ValidatingWebhookConfiguration>("cert-manager.io/inject-ca-from");

        await replica.LookAsync();

        var health = await replica.HealthAsync();
        Assert.Equal(HealthStatus.Degraded, health.Status);
        Assert.Contains("ValidatingWebhookConfiguration hooks", health.Description, StringComparison.Ordinal);
    }
}
