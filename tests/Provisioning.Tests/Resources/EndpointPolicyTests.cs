using Provisioning.Resources;

namespace Provisioning.Tests.Resources;

public sealed class EndpointPolicyTests
{
    [Theory]
    [InlineData("127.0.0.1:5432", Rejections.Loopback)]
    [InlineData("127.255.0.9:5432", Rejections.Loopback)]
    [InlineData("[::1]:5432", Rejections.Loopback)]
    [InlineData("[::ffff:127.0.0.1]:5432", Rejections.Loopback)]
    [InlineData("[::127.0.0.1]:5432", Rejections.Loopback)]
    [InlineData("[64:ff9b::127.0.0.1]:5432", Rejections.Loopback)]
    [InlineData("[2002:7f00:1::]:5432", Rejections.Loopback)]
    [InlineData("localhost:5432", Rejections.Loopback)]
    [InlineData("LOCALHOST:5432", Rejections.Loopback)]
    [InlineData("db.localhost:5432", Rejections.Loopback)]
    [InlineData("localhost.localdomain:5432", Rejections.Loopback)]
    [InlineData("localhost6:5432", Rejections.Loopback)]
    [InlineData("localhost6.localdomain6:5432", Rejections.Loopback)]
    [InlineData("ip6-localhost:5432", Rejections.Loopback)]
    [InlineData("IP6-loopback:5432", Rejections.Loopback)]
    [InlineData("ip6-localnet:5432", Rejections.LinkLocal)]
    [InlineData("ip6-mcastprefix:5432", Rejections.Multicast)]
    [InlineData("ip6-allnodes:5432", Rejections.Multicast)]
    [InlineData("ip6-allrouters:5432", Rejections.Multicast)]
    [InlineData("0.0.0.0:5432", Rejections.Unspecified)]
    [InlineData("0.1.2.3:5432", Rejections.Unspecified)]
    [InlineData("[::]:5432", Rejections.Unspecified)]
    [InlineData("[::ffff:0.0.0.0]:5432", Rejections.Unspecified)]
    [InlineData("224.0.0.1:5432", Rejections.Multicast)]
    [InlineData("239.255.255.255:5432", Rejections.Multicast)]
    [InlineData("255.255.255.255:5432", Rejections.Multicast)]
    [InlineData("[ff02::1]:5432", Rejections.Multicast)]
    [InlineData("[::ffff:224.0.0.1]:5432", Rejections.Multicast)]
    [InlineData("169.254.169.254:80", Rejections.LinkLocal)]
    [InlineData("[fe80::1]:5432", Rejections.LinkLocal)]
    [InlineData("[febf::1]:5432", Rejections.LinkLocal)]
    [InlineData("[::ffff:169.254.169.254]:80", Rejections.LinkLocal)]
    [InlineData("kubernetes:443", Rejections.ApiServer)]
    [InlineData("kubernetes.default:443", Rejections.ApiServer)]
    [InlineData("Kubernetes.Default.Svc:443", Rejections.ApiServer)]
    [InlineData("kubernetes.default.svc.cluster.local:443", Rejections.ApiServer)]
    [InlineData("kubernetes.default.svc.corp.example:443", Rejections.ApiServer)]
    [InlineData("10.96.0.1:443", Rejections.ApiServer)]
    [InlineData("[::ffff:10.96.0.1]:443", Rejections.ApiServer)]
    [InlineData("[::10.96.0.1]:443", Rejections.ApiServer)]
    [InlineData("[64:ff9b::a60:1]:443", Rejections.ApiServer)]
    [InlineData("[2002:a60:1::]:443", Rejections.ApiServer)]
    public void By_default_refuses_places_that_only_the_controller_can_reach(string text, string problem) =>
        Assert.Equal(problem, new EndpointPolicy(new EndpointOptions(), "10.96.0.1").FindProblem(Parse(text)));

    [Theory]
    [InlineData("db.example.com:5432")]
    [InlineData("172.19.115.87:5432")]
    [InlineData("10.0.0.1:5432")]
    [InlineData("[2001:db8::1]:5432")]
    [InlineData("[fd00::1]:5432")]
    [InlineData("kubernetes.example.com:5432")]
    [InlineData("kubernetes-default:5432")]
    [InlineData("mylocalhost:5432")]
    public void By_default_allows_any_other_place(string text) => Assert.Null(EndpointPolicy.Default.FindProblem(Parse(text)));

    [Fact]
    public void Each_kind_of_place_can_be_allowed_by_itself()
    {
        (EndpointOptions Options, string Allowed)[] cases =
        [
            (new EndpointOptions { AllowLoopback = true }, "127.0.0.1:1"),
            (new EndpointOptions { AllowLoopback = true }, "localhost:1"),
            (new EndpointOptions { AllowUnspecified = true }, "0.0.0.0:1"),
            (new EndpointOptions { AllowMulticast = true }, "224.0.0.1:1"),
            (new EndpointOptions { AllowLinkLocal = true }, "169.254.1.1:1"),
            (new EndpointOptions { AllowApiServer = true }, "kubernetes.default:1"),
        ];
        string[] all = ["127.0.0.1:1", "0.0.0.0:1", "224.0.0.1:1", "169.254.1.1:1", "kubernetes.default:1"];

        foreach (var (options, allowed) in cases)
        {
            var policy = new EndpointPolicy(options, apiServerHost: null);
            Assert.Null(policy.FindProblem(Parse(allowed)));
            Assert.Equal(4, all.Count(text => policy.FindProblem(Parse(text)) is not null));
        }
    }

    [Theory]
    [InlineData("10.1.2.3:5432", true)]
    [InlineData("[::ffff:10.1.2.3]:5432", true)]
    [InlineData("11.1.2.3:5432", false)]
    [InlineData("[2001:db8::1]:5432", true)]
    [InlineData("[2001:db9::1]:5432", false)]
    [InlineData("db.example.com:5432", true)]
    [InlineData("example.com:5432", true)]
    [InlineData("badexample.com:5432", false)]
    [InlineData("example.com.evil.test:5432", false)]
    [InlineData("db:5432", false)]
    public void With_lists_of_what_is_allowed_refuses_everything_else(string text, bool isAllowed)
    {
        var policy = new EndpointPolicy(
            new EndpointOptions { AllowedNetworks = ["10.0.0.0/8", "2001:db8::/32"], AllowedHostSuffixes = [".Example.com"] }, apiServerHost: null);

        Assert.Equal(isAllowed ? null : Rejections.NotAllowedByOperator, policy.FindProblem(Parse(text)));
    }

    [Fact]
    public void A_list_of_networks_alone_refuses_every_name_because_names_are_not_resolved() =>
        Assert.Equal(
            Rejections.NotAllowedByOperator,
            new EndpointPolicy(new EndpointOptions { AllowedNetworks = ["10.0.0.0/8"] }, null).FindProblem(Parse("db.example.com:5432")));

    [Fact]
    public void An_allowed_network_does_not_open_a_closed_kind_of_place() =>
        Assert.Equal(
            Rejections.Loopback,
            new EndpointPolicy(new EndpointOptions { AllowedNetworks = ["127.0.0.0/8"] }, null).FindProblem(Parse("127.0.0.1:5432")));

    [Fact]
    public void Wrong_settings_are_all_reported_each_with_its_mend()
    {
        var options = new EndpointOptions { AllowedNetworks = ["10.0.0.0/8", "10.0.0.1/33", "x"], AllowedHostSuffixes = ["a_b", ".example.com", "10.0.0.1"] };

        var failures = new EndpointOptionsValidator().Validate(null, options).Failures!.ToList();

        Assert.Equal(4, failures.Count);
        Assert.All(failures, failure => Assert.Matches("^Endpoints:Allowed(Networks|HostSuffixes): '.+' is no .+: write it ", failure));
    }

    private static Endpoint Parse(string text) =>
        Endpoint.TryParse(text, out var endpoint, out var problem) ? endpoint : throw new ArgumentException($"{text}: {problem}", nameof(text));
}
