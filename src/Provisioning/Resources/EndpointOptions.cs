using System.Net;
using Microsoft.Extensions.Options;

namespace Provisioning.Resources;

/// <summary>Where the admin credentials of a DataSource may be sent: the section <c>Endpoints</c>.</summary>
public sealed class EndpointOptions
{
    /// <summary>The configuration section.</summary>
    public const string SectionName = "Endpoints";

    /// <summary>Allows 127.0.0.0/8, ::1 and localhost names: tests and demonstrations only. Default: false.</summary>
    public bool AllowLoopback { get; init; }

    /// <summary>Allows 0.0.0.0/8 and ::. Default: false.</summary>
    public bool AllowUnspecified { get; init; }

    /// <summary>Allows multicast and broadcast addresses. Default: false.</summary>
    public bool AllowMulticast { get; init; }

    /// <summary>Allows 169.254.0.0/16 and fe80::/10, where clouds answer with the node's own credentials. Default: false.</summary>
    public bool AllowLinkLocal { get; init; }

    /// <summary>Allows the names and the address of the Kubernetes API server. Default: false.</summary>
    public bool AllowApiServer { get; init; }

    /// <summary>
    /// CIDR networks. When this list or <see cref="AllowedHostSuffixes"/> has an item, every address must be in one of these networks.
    /// Default: empty, any network.
    /// </summary>
    public IList<string> AllowedNetworks { get; init; } = [];

    /// <summary>
    /// DNS suffixes: <c>example.com</c> means itself and every name below it. When this list or <see cref="AllowedNetworks"/> has an item,
    /// every name must end in one of these suffixes. Default: empty, any name.
    /// </summary>
    public IList<string> AllowedHostSuffixes { get; init; } = [];
}

/// <summary>Checks <see cref="EndpointOptions"/> and says how to mend each mistake.</summary>
internal sealed class EndpointOptionsValidator : IValidateOptions<EndpointOptions>
{
    public ValidateOptionsResult Validate(string? name, EndpointOptions options)
    {
        var failures = options.AllowedNetworks
            .Where(network => !IPNetwork.TryParse(network, out _))
            .Select(network => $"{EndpointOptions.SectionName}:{nameof(EndpointOptions.AllowedNetworks)}: '{network}' is no network: "
                + "write it as address/length, such as 10.0.0.0/8")
            .Concat(options.AllowedHostSuffixes
                .Where(suffix => !Endpoint.TryParse($"{suffix.TrimStart('.')}:1", out var endpoint, out _) || endpoint.Address is not null)
                .Select(suffix => $"{EndpointOptions.SectionName}:{nameof(EndpointOptions.AllowedHostSuffixes)}: '{suffix}' is no DNS name: "
                    + "write it such as example.com"))
            .ToList();
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
