using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Provisioning.Postgres;

/// <summary>
/// The URL by which kine finds its database, built exactly in the form that kine and k0smotron take: see docs of libpq, "Connection
/// URIs", and pgx's parser. Prints no password.
/// </summary>
public sealed record KineDsn
{
    /// <summary>Where a control plane finds the CA certificate.</summary>
    public const string RootCertificatePath = "/var/lib/k0s/kine-ca/ca.crt";

    private const string Scheme = "postgres://";

    /// <summary>The endpoints, in the order in which they are tried.</summary>
    public required IReadOnlyList<PostgresEndpoint> Endpoints { get; init; }

    /// <summary>The role.</summary>
    public required PostgresIdentifier Role { get; init; }

    /// <summary>The role's password.</summary>
    public required Password Password { get; init; }

    /// <summary>The database. Lower case only: kine lower-cases it.</summary>
    public required PostgresIdentifier Database { get; init; }

    /// <summary>True when the control plane gets a CA certificate; false: its system's trust store decides.</summary>
    public required bool HasCertificateAuthority { get; init; }

    /// <summary>The URL itself, with the password: for the Secret and nothing else.</summary>
    /// <exception cref="InvalidOperationException">There is no endpoint.</exception>
    [SuppressMessage("Design", "CA1024", Justification = "A property would be printed by serializers and debuggers.")]
    public string Reveal() => Build(Uri.EscapeDataString(Password.Reveal()));

    /// <summary>The URL with <c>***</c> for the password.</summary>
    public override string ToString() => Build("***");

    /// <summary>Reads what <see cref="Reveal"/> built. Null for anything else, such as a URL that somebody wrote by hand.</summary>
    public static KineDsn? Parse(string url)
    {
        if (!url.StartsWith(Scheme, StringComparison.Ordinal)
            || url[Scheme.Length..].Split('?') is not [var location, var query]
            || location.Split('/') is not [var authority, var database]
            || authority.Split('@') is not [var credentials, var hosts]
            || credentials.Split(':') is not [var role, var password]
            || ParseQuery(query) is not { } values
            || ParseEndpoints(hosts, values) is not { } endpoints)
        {
            return null;
        }

        try
        {
            var parsed = new KineDsn
            {
                Endpoints = endpoints,
                Role = new PostgresIdentifier(Uri.UnescapeDataString(role)),
                Password = new Password(Uri.UnescapeDataString(password)),
                Database = new PostgresIdentifier(Uri.UnescapeDataString(database)),
                HasCertificateAuthority = values.GetValueOrDefault("sslrootcert") == RootCertificatePath,
            };

            // Only what would be written again to the letter is ours: a weaker sslmode or an additional option is not.
            return parsed.Reveal() == url ? parsed : null;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private string Build(string password)
    {
        if (Endpoints.Count == 0)
        {
            throw new InvalidOperationException("A DSN needs an endpoint.");
        }

        // pgx does not parse an IPv6 address within a list of hosts; then hosts and ports go into the query.
        var inQuery = Endpoints.Count > 1 && Endpoints.Any(endpoint => IsIPv6(endpoint.Host));
        var parameters = new List<(string Name, string Value)>();
        if (inQuery)
        {
            parameters.Add(("host", string.Join(',', Endpoints.Select(endpoint => endpoint.Host))));
            parameters.Add(("port", string.Join(',', Endpoints.Select(endpoint => PortText(endpoint)))));
        }

        parameters.Add(("sslmode", "verify-full"));
        if (HasCertificateAuthority)
        {
            parameters.Add(("sslrootcert", RootCertificatePath));
        }

        if (Endpoints.Count > 1)
        {
            parameters.Add(("target_session_attrs", "read-write"));
        }

        var hosts = inQuery ? "" : string.Join(',', Endpoints.Select(InAuthority));
        var query = string.Join('&', parameters.Select(parameter => $"{parameter.Name}={Uri.EscapeDataString(parameter.Value)}"));
        return $"{Scheme}{Uri.EscapeDataString(Role.Value)}:{password}@{hosts}/{Uri.EscapeDataString(Database.Value)}?{query}";
    }

    private static string InAuthority(PostgresEndpoint endpoint) =>
        IsIPv6(endpoint.Host) ? $"[{endpoint.Host}]:{PortText(endpoint)}" : $"{endpoint.Host}:{PortText(endpoint)}";

    private static string PortText(PostgresEndpoint endpoint) => endpoint.Port.ToString(CultureInfo.InvariantCulture);

    private static bool IsIPv6(string host) =>
        IPAddress.TryParse(host, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6;

    private static Dictionary<string, string>? ParseQuery(string query)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in query.Split('&'))
        {
            if (pair.Split('=') is not [var name, var value] || !values.TryAdd(name, Uri.UnescapeDataString(value)))
            {
                return null;
            }
        }

        return values;
    }

    private static List<PostgresEndpoint>? ParseEndpoints(string authority, Dictionary<string, string> query)
    {
        string[] hosts;
        string[] ports;
        if (authority.Length > 0)
        {
            var split = authority.Split(',').Select(host => (Host: host, Colon: host.LastIndexOf(':'))).ToList();
            if (split.Exists(host => host.Colon < 0))
            {
                return null;
            }

            hosts = [.. split.Select(host => host.Host[..host.Colon].Trim('[', ']'))];
            ports = [.. split.Select(host => host.Host[(host.Colon + 1)..])];
        }
        else
        {
            hosts = query.GetValueOrDefault("host", "").Split(',');
            ports = query.GetValueOrDefault("port", "").Split(',');
        }

        if (hosts.Length != ports.Length
            || !Array.TrueForAll(ports, port => ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
        {
            return null;
        }

        return [.. hosts.Zip(ports, (host, port) => new PostgresEndpoint(host, int.Parse(port, CultureInfo.InvariantCulture)))];
    }
}
