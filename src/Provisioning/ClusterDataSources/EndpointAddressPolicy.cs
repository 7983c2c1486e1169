using System.Net;
using Provisioning.Postgres;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>Applies the policy on endpoints to the addresses that their names lead to.</summary>
internal sealed class EndpointAddressPolicy(EndpointPolicy policy) : IAddressPolicy
{
    /// <inheritdoc/>
    public string? FindProblem(IPAddress address) => policy.FindProblem(address);
}
