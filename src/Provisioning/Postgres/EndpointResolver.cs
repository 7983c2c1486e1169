using System.Net;
using Microsoft.Extensions.Options;

namespace Provisioning.Postgres;

/// <summary>
/// Finds the addresses behind an endpoint's host and keeps those that may be connected to. What was judged is what is connected to: nobody
/// resolves the name a second time, which could then lead elsewhere. Safe for concurrent use.
/// </summary>
internal sealed class EndpointResolver(IAddressPolicy policy, IOptions<PostgresOptions> options)
{
    /// <summary>Whoever owns the name chooses how many addresses it has, and each takes time.</summary>
    public const int MaxAddresses = 16;

    /// <summary>Asks for the addresses of a name. Default: the system's resolver.</summary>
    public Func<string, CancellationToken, Task<IPAddress[]>> Lookup { get; init; } = Dns.GetHostAddressesAsync;

    /// <summary>The endpoint at each of its addresses, in the order in which the resolver prefers them; at least one.</summary>
    /// <exception cref="AddressForbiddenException">None of them may be connected to.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">The name has no address.</exception>
    /// <exception cref="TimeoutException">The resolver did not answer.</exception>
    public async Task<IReadOnlyList<PostgresEndpoint>> ResolveAsync(PostgresEndpoint endpoint, CancellationToken cancellationToken)
    {
        var addresses = await FindAddressesAsync(endpoint, cancellationToken);
        var judged = addresses.Take(MaxAddresses).Select(address => (Address: address, Problem: policy.FindProblem(address))).ToList();
        var allowed = judged.Where(one => one.Problem is null).Select(one => endpoint with { Address = one.Address }).ToList();
        return allowed.Count > 0 ? allowed : throw new AddressForbiddenException(endpoint.Host, judged.FirstOrDefault().Problem);
    }

    private async Task<IReadOnlyList<IPAddress>> FindAddressesAsync(PostgresEndpoint endpoint, CancellationToken cancellationToken)
    {
        if (endpoint.Address is { } known)
        {
            return [known];
        }

        return IPAddress.TryParse(endpoint.Host, out var literal)
            ? [literal]
            : await Lookup(endpoint.Host, cancellationToken).WaitAsync(options.Value.ConnectTimeout, cancellationToken);
    }
}

/// <summary>A host leads only to addresses that must not be connected to; nothing was sent.</summary>
/// <param name="host">The host as it stands in the endpoint.</param>
/// <param name="problem">What forbids the first of them; null: it has no address.</param>
internal sealed class AddressForbiddenException(string host, string? problem)
    : Exception($"{host} leads to no address that may be connected to: it {problem ?? "has none"}");
