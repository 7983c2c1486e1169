using Webhook.K0s;
using Webhook.Tests.Manifests;

namespace Webhook.Tests.K0s;

public sealed class K0sFilesTests
{
    private static readonly K0sTopology Topology = new("lb.example.org", [new("c1", "10.0.0.1"), new("c2", "2001:db8::2")]);

    [Fact]
    public void Every_controller_has_its_address_the_load_balancers_and_all_names()
    {
        const string dsn = "postgres://kine_x:secret@db:5432/x?sslmode=verify-full&sslrootcert=%2Fvar%2Flib%2Fk0s%2Fkine-ca%2Fca.crt";

        var read = Manifest.Parse(K0sFiles.K0sYaml(Topology, Topology.Controllers[1], dsn)).Single();

        Assert.Equal("k0s.k0sproject.io/v1beta1 ClusterConfig k0s", $"{read.Text("apiVersion")} {read.Text("kind")} {read.Text("metadata.name")}");
        Assert.Equal("2001:db8::2", read.Text("spec.api.address"));
        Assert.Equal("lb.example.org", read.Text("spec.api.externalAddress"));
        Assert.Equal(["lb.example.org", "10.0.0.1", "2001:db8::2"], read.Texts("spec.api.sans"));
        Assert.Equal("kine", read.Text("spec.storage.type"));
        Assert.Equal(dsn, read.Text("spec.storage.kine.dataSource"));
    }

    [Fact]
    public void The_load_balancer_has_the_three_ports_and_the_statistics()
    {
        var text = K0sFiles.Haproxy(Topology, "127.0.0.1:9000");

        foreach (var (name, port) in new[] { ("kubeAPI", 6443), ("konnectivity", 8132), ("controllerJoinAPI", 9443) })
        {
            Assert.Contains($"frontend {name}\n    bind :{port}\n    default_backend {name}_backend\n", text, StringComparison.Ordinal);
            Assert.Contains(
                $"backend {name}_backend\n    server c1 10.0.0.1:{port} check check-ssl verify none\n    server c2 [2001:db8::2]:{port} check check-ssl verify none\n",
                text,
                StringComparison.Ordinal);
        }

        Assert.Contains("listen stats\n    bind 127.0.0.1:9000\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HAProxy_itself_takes_the_configuration()
    {
        Assert.SkipUnless(File.Exists("/usr/sbin/haproxy"), "HAProxy is not installed: apt-get install haproxy");
        var file = Path.GetTempFileName();
        try
        {
            // Resolvable here: HAProxy looks the servers up when it checks.
            await File.WriteAllTextAsync(
                file, K0sFiles.Haproxy(Topology with { Controllers = [new("c1", "127.0.0.1"), new("c2", "::1"), new("c3", "localhost")] }, "*:9000"), TestContext.Current.CancellationToken);

            var (exitCode, output, error) = await Tool.RunAsync("/usr/sbin/haproxy", "-c", "-f", file);

            Assert.True(exitCode == 0, $"{output}{error}");
            Assert.DoesNotContain("[WARNING]", output + error, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("lb", "c1=10.0.0.1", "c1=10.0.0.2")]
    [InlineData("lb", "c1=10.0.0.1", "c2=10.0.0.1")]
    [InlineData("lb", "10.0.0.1")]
    [InlineData("lb", "c 1=10.0.0.1")]
    [InlineData("lb", "c1=10.0.0.1 backup")]
    [InlineData("lb", "c1=10.0.0.1\n    server evil 1.2.3.4:6443")]
    [InlineData("lb", "../c1=10.0.0.1")]
    [InlineData("lb", "c1=")]
    [InlineData("l b", "c1=10.0.0.1")]
    [InlineData("lb:6443", "c1=10.0.0.1")]
    public void Refuses_what_would_mean_something_else_in_a_configuration(string loadBalancer, params string[] controllers)
    {
        Assert.False(K0sTopology.TryParse(loadBalancer, controllers, out _, out var problem));
        Assert.NotEmpty(problem);
    }

    [Fact]
    public void Takes_names_and_addresses_of_both_families()
    {
        Assert.True(K0sTopology.TryParse("2001:DB8::1", ["c1=host.example.org", "c-2=10.0.0.2"], out var topology, out _));
        Assert.Equal(["2001:db8::1", "host.example.org", "10.0.0.2"], topology.Names);
    }
}
