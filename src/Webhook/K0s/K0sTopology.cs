using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using Endpoint = Provisioning.Resources.Endpoint;

namespace Webhook.K0s;

/// <summary>The k0s controllers of one cluster and the load balancer in front of them.</summary>
/// <param name="LoadBalancer">The address at which clients find it.</param>
/// <param name="Controllers">In the order in which they were given; at least one.</param>
internal sealed partial record K0sTopology(string LoadBalancer, IReadOnlyList<K0sController> Controllers)
{
    /// <summary>Every name and address under which the API is reached.</summary>
    public IEnumerable<string> Names => Controllers.Select(controller => controller.Address).Prepend(LoadBalancer).Distinct(StringComparer.Ordinal);

    /// <summary>Reads <c>name=address</c> of each controller.</summary>
    public static bool TryParse(string loadBalancer, IEnumerable<string> controllers, [NotNullWhen(true)] out K0sTopology? topology, out string problem)
    {
        topology = null;
        var read = new List<K0sController>();
        foreach (var text in controllers)
        {
            if (text.Split('=') is not [var name, var address] || !Name().IsMatch(name) || Normalise(address) is not { } host)
            {
                problem = "--controller must be name=address: a name of letters, digits, '.', '_' and '-', and a DNS name or an IP address without brackets.";
                return false;
            }

            read.Add(new K0sController(name, host));
        }

        var front = Normalise(loadBalancer);
        problem = front is null ? "--load-balancer must be a DNS name or an IP address without brackets."
            : read.DistinctBy(controller => controller.Name, StringComparer.Ordinal).Count() < read.Count ? "Every controller needs a name of its own."
            : read.DistinctBy(controller => controller.Address, StringComparer.Ordinal).Count() < read.Count ? "Every controller needs an address of its own."
            : "";
        topology = problem.Length == 0 ? new K0sTopology(front!, read) : null;
        return topology is not null;
    }

    // The grammar of endpoints leaves nothing that could mean something else in a configuration file.
    private static string? Normalise(string address) =>
        Endpoint.TryParse(address.Contains(':', StringComparison.Ordinal) ? $"[{address}]:1" : $"{address}:1", out var endpoint, out _) ? endpoint.Host : null;

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,62}\z", RegexOptions.NonBacktracking)]
    private static partial Regex Name();
}

/// <summary>One controller.</summary>
/// <param name="Name">What HAProxy and files call it.</param>
/// <param name="Address">A DNS name or an IP address, without brackets.</param>
internal sealed record K0sController(string Name, string Address);
