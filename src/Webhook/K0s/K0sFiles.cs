using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Webhook.K0s;

/// <summary>The configuration files of k0s controllers behind an HAProxy. Pure.</summary>
internal static class K0sFiles
{
    /// <summary>Where a controller's CA must lie: the DSN names this path.</summary>
    public const string AuthorityPath = "/var/lib/k0s/kine-ca/ca.crt";

    // The ports of k0s's documentation, "Control Plane High Availability".
    private static readonly (string Name, int Port)[] Services = [("kubeAPI", 6443), ("konnectivity", 8132), ("controllerJoinAPI", 9443)];

    /// <summary>A controller's <c>k0s.yaml</c>. Double-quoted JSON strings are YAML.</summary>
    /// <param name="topology">Where everything is.</param>
    /// <param name="controller">The controller.</param>
    /// <param name="dataSource">The DSN, or what stands in its place.</param>
    public static string K0sYaml(K0sTopology topology, K0sController controller, string dataSource)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            apiVersion: k0s.k0sproject.io/v1beta1
            kind: ClusterConfig
            metadata:
              name: k0s
            spec:
              api:
                address: {Quote(controller.Address)}
                externalAddress: {Quote(topology.LoadBalancer)}
                sans:

            """);
        foreach (var name in topology.Names)
        {
            text.Append(CultureInfo.InvariantCulture, $"      - {Quote(name)}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"""
              storage:
                type: kine
                kine:
                  dataSource: {Quote(dataSource)}

            """);
        return text.ToString();
    }

    /// <summary>The load balancer's <c>haproxy.cfg</c>.</summary>
    /// <param name="topology">Where everything is.</param>
    /// <param name="statistics">Where the statistics are shown, such as <c>127.0.0.1:9000</c>.</param>
    public static string Haproxy(K0sTopology topology, string statistics)
    {
        // Watches and tunnels stay silent for minutes.
        var text = new StringBuilder("""
            global
                maxconn 20000

            defaults
                mode tcp
                timeout connect 5s
                timeout client 30m
                timeout server 30m
                timeout check 5s


            """);
        foreach (var (name, port) in Services)
        {
            text.Append(CultureInfo.InvariantCulture, $"""
                frontend {name}
                    bind :{port}
                    default_backend {name}_backend


                """);
        }

        foreach (var (name, port) in Services)
        {
            text.Append(CultureInfo.InvariantCulture, $"backend {name}_backend\n");
            foreach (var controller in topology.Controllers)
            {
                var address = controller.Address.Contains(':', StringComparison.Ordinal) ? $"[{controller.Address}]" : controller.Address;
                text.Append(CultureInfo.InvariantCulture, $"    server {controller.Name} {address}:{port} check check-ssl verify none\n");
            }

            text.Append('\n');
        }

        return text.Append(CultureInfo.InvariantCulture, $"""
            listen stats
                bind {statistics}
                mode http
                stats enable
                stats uri /

            """).ToString();
    }

    private static string Quote(string text) => JsonSerializer.Serialize(text, Options);

    private static readonly JsonSerializerOptions Options = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
