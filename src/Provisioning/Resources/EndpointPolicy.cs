using System.Net;
using System.Net.Sockets;

namespace Provisioning.Resources;

/// <summary>
/// Decides where admin credentials may be sent. Whoever creates a DataSource chooses the place that the controller logs in to, so the
/// places that only the controller can reach are closed. Names are judged as they are written: nothing is resolved here. Where the
/// controller connects, the addresses that a name leads to are judged too.
/// </summary>
public sealed class EndpointPolicy
{
    private static readonly IPNetwork ThisNetwork = IPNetwork.Parse("0.0.0.0/8");
    private static readonly IPNetwork IPv4LinkLocal = IPNetwork.Parse("169.254.0.0/16");
    private static readonly IPNetwork IPv4Multicast = IPNetwork.Parse("224.0.0.0/4");

    // Addresses that carry an IPv4 address at this byte: compatible (RFC 4291), NAT64 (RFC 6052) and 6to4 (RFC 3056).
    private static readonly (IPNetwork Network, int Offset)[] Embeddings =
        [(IPNetwork.Parse("::/96"), 12), (IPNetwork.Parse("64:ff9b::/96"), 12), (IPNetwork.Parse("2002::/16"), 2)];

    private readonly EndpointOptions options;
    private readonly IPNetwork[] networks;
    private readonly string[] suffixes;
    private readonly string? apiServerHost;

    /// <summary>Creates the policy.</summary>
    /// <param name="options">Validated options.</param>
    /// <param name="apiServerHost">The address of the API server (<c>KUBERNETES_SERVICE_HOST</c>), a name or an IP address; null when unknown.</param>
    public EndpointPolicy(EndpointOptions options, string? apiServerHost)
    {
        ArgumentNullException.ThrowIfNull(options);
        this.options = options;
        networks = [.. options.AllowedNetworks.Select(IPNetwork.Parse)];
        suffixes = [.. options.AllowedHostSuffixes.Select(suffix => suffix.TrimStart('.').ToLowerInvariant())];
        this.apiServerHost = IPAddress.TryParse(apiServerHost, out var address) ? Plain(address).ToString() : apiServerHost?.ToLowerInvariant();
    }

    /// <summary>With every default: nothing special is allowed and nothing else forbidden.</summary>
    public static EndpointPolicy Default { get; } = new(new EndpointOptions(), apiServerHost: null);

    /// <summary>What forbids the endpoint; null when it is allowed.</summary>
    public string? FindProblem(Endpoint endpoint)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        if (!options.AllowApiServer && IsApiServer(endpoint))
        {
            return Rejections.ApiServer;
        }

        var problem = endpoint.Address is { } address ? FindSpecialUse(address) : FindProblem(endpoint.Host);
        return problem ?? (IsListed(endpoint) ? null : Rejections.NotAllowedByOperator);
    }

    /// <summary>
    /// What forbids an address that the name of an allowed endpoint leads to; null when it may be connected to. The operator's lists have
    /// been asked about the name, and are not asked again.
    /// </summary>
    public string? FindProblem(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var plain = Plain(address);
        return !options.AllowApiServer && IsApiServer(plain) ? Rejections.ApiServer : FindSpecialUse(plain);
    }

    // Of the addresses that carry another one none is special by itself: it is where they lead that counts.
    private string? FindSpecialUse(IPAddress address) => Embedded(address) is { } inner ? FindOwnSpecialUse(inner) : FindOwnSpecialUse(address);

    private string? FindOwnSpecialUse(IPAddress address) => address switch
    {
        _ when !options.AllowLoopback && IPAddress.IsLoopback(address) => Rejections.Loopback,
        _ when !options.AllowUnspecified && IsUnspecified(address) => Rejections.Unspecified,
        _ when !options.AllowMulticast && IsMulticast(address) => Rejections.Multicast,
        _ when !options.AllowLinkLocal && (address.IsIPv6LinkLocal || IPv4LinkLocal.Contains(address)) => Rejections.LinkLocal,
        _ => null,
    };

    // The names that the hosts file of a pod or a node may have for such addresses.
    private string? FindProblem(string host) => host switch
    {
        "localhost" or "localhost.localdomain" or "localhost6" or "localhost6.localdomain6" or "ip6-localhost" or "ip6-loopback" =>
            options.AllowLoopback ? null : Rejections.Loopback,
        "ip6-mcastprefix" or "ip6-allnodes" or "ip6-allrouters" or "ip6-allhosts" => options.AllowMulticast ? null : Rejections.Multicast,
        "ip6-localnet" => options.AllowLinkLocal ? null : Rejections.LinkLocal,
        _ when host.EndsWith(".localhost", StringComparison.Ordinal) => options.AllowLoopback ? null : Rejections.Loopback,
        _ => null,
    };

    private bool IsApiServer(Endpoint endpoint) =>
        endpoint.Host == apiServerHost
        || (endpoint.Address is { } address && IsApiServer(address))
        || endpoint.Host is "kubernetes" or "kubernetes.default" or "kubernetes.default.svc"
        || endpoint.Host.StartsWith("kubernetes.default.svc.", StringComparison.Ordinal);

    private bool IsApiServer(IPAddress address) => apiServerHost is not null && (address.ToString() == apiServerHost || Embedded(address)?.ToString() == apiServerHost);

    private bool IsListed(Endpoint endpoint)
    {
        if (networks.Length == 0 && suffixes.Length == 0)
        {
            return true;
        }

        return endpoint.Address is { } address
            ? networks.Any(network => network.Contains(address))
            : suffixes.Any(suffix => endpoint.Host == suffix || endpoint.Host.EndsWith($".{suffix}", StringComparison.Ordinal));
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static bool IsUnspecified(IPAddress address) => address.Equals(IPAddress.IPv6Any) || ThisNetwork.Contains(address);

    private static bool IsMulticast(IPAddress address) =>
        address.IsIPv6Multicast || IPv4Multicast.Contains(address) || address.Equals(IPAddress.Broadcast);

    // The address that another one leads to.
    private static IPAddress? Embedded(IPAddress address)
    {
        // ::1 and :: are themselves, not 0.0.0.1 and 0.0.0.0.
        if (address.AddressFamily != AddressFamily.InterNetworkV6 || IPAddress.IsLoopback(address) || address.Equals(IPAddress.IPv6Any))
        {
            return null;
        }

        var index = Array.FindIndex(Embeddings, candidate => candidate.Network.Contains(address));
        return index < 0 ? null : new IPAddress(address.GetAddressBytes().AsSpan(Embeddings[index].Offset, 4));
    }
}
