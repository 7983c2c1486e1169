using System.CommandLine;
using Provisioning.Resources;

namespace Webhook.Offline;

/// <summary>The server's settings <c>Endpoints:*</c> as options of a command.</summary>
internal sealed class PolicyOptions
{
    private readonly (Option<bool> Option, string Key)[] flags =
    [
        (Flag("--allow-loopback", "Allow 127.0.0.0/8, ::1 and localhost names."), nameof(EndpointOptions.AllowLoopback)),
        (Flag("--allow-unspecified", "Allow 0.0.0.0/8 and ::."), nameof(EndpointOptions.AllowUnspecified)),
        (Flag("--allow-multicast", "Allow multicast and broadcast addresses."), nameof(EndpointOptions.AllowMulticast)),
        (Flag("--allow-link-local", "Allow 169.254.0.0/16 and fe80::/10."), nameof(EndpointOptions.AllowLinkLocal)),
        (Flag("--allow-api-server", "Allow the names of the Kubernetes API server."), nameof(EndpointOptions.AllowApiServer)),
    ];

    private readonly (Option<string[]> Option, string Key)[] lists =
    [
        (List("--allowed-network", "Only addresses in this network, such as 10.0.0.0/8. May be given several times.", "cidr"), nameof(EndpointOptions.AllowedNetworks)),
        (List("--allowed-host-suffix", "Only this DNS name and those below it. May be given several times.", "name"), nameof(EndpointOptions.AllowedHostSuffixes)),
    ];

    /// <summary>Adds the options.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in flags.Select(flag => (Option)flag.Option).Concat(lists.Select(list => list.Option)))
        {
            command.Add(option);
        }
    }

    /// <summary>What was given, as configuration.</summary>
    public IReadOnlyDictionary<string, string?> Read(ParseResult parsed) => flags
        .Where(flag => parsed.GetValue(flag.Option))
        .Select(flag => KeyValuePair.Create($"{EndpointOptions.SectionName}:{flag.Key}", (string?)"true"))
        .Concat(lists.SelectMany(list => (parsed.GetValue(list.Option) ?? [])
            .Select((value, index) => KeyValuePair.Create($"{EndpointOptions.SectionName}:{list.Key}:{index}", (string?)value))))
        .ToDictionary(StringComparer.Ordinal);

    private static Option<bool> Flag(string name, string description) => new(name) { Description = description };

    private static Option<string[]> List(string name, string description, string helpName) => new(name) { Description = description, HelpName = helpName };
}
