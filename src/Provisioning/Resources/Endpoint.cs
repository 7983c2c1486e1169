using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Provisioning.Resources;

/// <summary>
/// A host and a port by a grammar that leaves no room for what PostgreSQL clients also take: lists, socket paths, short and octal IPv4
/// forms, zones, URLs. Equal endpoints are the same place, however they were spelled.
/// </summary>
public sealed record Endpoint
{
    private static readonly SearchValues<char> IPv6Characters = SearchValues.Create("0123456789abcdefABCDEF:.");
    private static readonly SearchValues<char> UrlCharacters = SearchValues.Create("/@?#=\\");

    private Endpoint(string host, int port, IPAddress? address)
    {
        Host = host;
        Port = port;
        Address = address;
    }

    /// <summary>A DNS name in lower case, or an IP address in its shortest form, without brackets; an IPv4-mapped IPv6 address as IPv4.</summary>
    public string Host { get; }

    /// <summary>1 to 65535.</summary>
    public int Port { get; }

    /// <summary>The address when the host is one; null for a DNS name.</summary>
    public IPAddress? Address { get; }

    /// <summary>Reads <c>host:port</c>. On failure <paramref name="problem"/> says what must be otherwise, without showing the value.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out Endpoint? endpoint, [NotNullWhen(false)] out string? problem)
    {
        endpoint = null;
        var (host, port) = ("", "");
        IPAddress? address = null;
        var number = 0;
        problem = CheckShape(text ?? "") ?? Split(text ?? "", out host, out port) ?? CheckHost(host, out address) ?? CheckPort(port, out number);
        if (problem is not null)
        {
            return false;
        }

        endpoint = new Endpoint(address?.ToString() ?? host.ToLowerInvariant(), number, address);
        return true;
    }

    /// <summary><c>host:port</c>, with brackets around an IPv6 address.</summary>
    public override string ToString() => Address?.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    // What a person gets wrong most, before the grammar would complain about a character.
    private static string? CheckShape(string text) => text switch
    {
        _ when HasWhitespace(text) => Rejections.EndpointWhitespace,
        _ when text.AsSpan().ContainsAny(UrlCharacters) => Rejections.EndpointIsUrl,
        _ when text.AsSpan().ContainsAny(",;") => Rejections.EndpointList,
        _ => null,
    };

    private static bool HasWhitespace(string text)
    {
        foreach (var character in text)
        {
            if (char.IsWhiteSpace(character) || char.IsControl(character))
            {
                return true;
            }
        }

        return false;
    }

    private static string? Split(string text, out string host, out string port)
    {
        var colon = text.LastIndexOf(':');
        (host, port) = colon < 0 ? (text, "") : (text[..colon], text[(colon + 1)..]);
        var isBracketed = host is ['[', .., ']'];
        return 0 switch
        {
            _ when text.StartsWith('[') && !isBracketed => Rejections.EndpointForm,
            _ when !isBracketed && host.Contains(':', StringComparison.Ordinal) => Rejections.EndpointUnbracketed,
            _ when host.Length == 0 || port.Length == 0 => Rejections.EndpointForm,
            _ => null,
        };
    }

    private static string? CheckHost(string host, out IPAddress? address)
    {
        address = null;
        if (host[0] == '[')
        {
            return TryParseIPv6(host[1..^1], out address) ? null : Rejections.EndpointIPv6;
        }

        if (TryParseIPv4(host, out address))
        {
            return null;
        }

        // inet_aton() would take 1.2.3, 010.0.0.1 and 0x7f.1 for addresses: nothing that ends like a number may pass as a name.
        var labels = host.Split('.');
        if (IsNumber(labels[^1]))
        {
            return Rejections.EndpointIPv4;
        }

        return host.Length <= 253 && labels.All(IsLabel) ? null : Rejections.EndpointHost;
    }

    private static string? CheckPort(string port, out int number)
    {
        number = 0;
        if (port.AsSpan().ContainsAnyExceptInRange('0', '9') || (port[0] == '0' && port.Length > 1))
        {
            return Rejections.PortForm;
        }

        return port.Length <= 5 && int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number is >= 1 and <= IPEndPoint.MaxPort
            ? null
            : Rejections.PortRange;
    }

    private static bool TryParseIPv6(string text, out IPAddress? address)
    {
        address = null;
        var dotted = text[(text.LastIndexOf(':') + 1)..];
        if (!text.Contains(':', StringComparison.Ordinal)
            || text.AsSpan().ContainsAnyExcept(IPv6Characters)
            || (text.Contains('.', StringComparison.Ordinal) && !TryParseIPv4(dotted, out _))
            || !IPAddress.TryParse(text, out var parsed)
            || parsed.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return false;
        }

        address = parsed.IsIPv4MappedToIPv6 ? parsed.MapToIPv4() : parsed;
        return true;
    }

    private static bool TryParseIPv4(ReadOnlySpan<char> text, out IPAddress? address)
    {
        Span<byte> octets = stackalloc byte[4];
        var count = 0;
        address = null;
        foreach (var part in text.Split('.'))
        {
            if (count == octets.Length || !TryParseOctet(text[part], out octets[count]))
            {
                return false;
            }

            count++;
        }

        if (count < octets.Length)
        {
            return false;
        }

        address = new IPAddress(octets);
        return true;
    }

    // What begins with a zero would be octal to inet_aton().
    private static bool TryParseOctet(ReadOnlySpan<char> part, out byte octet)
    {
        octet = 0;
        return part.Length is >= 1 and <= 3 && !part.ContainsAnyExceptInRange('0', '9') && (part[0] != '0' || part.Length == 1)
            && byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out octet);
    }

    private static bool IsNumber(string label) =>
        label.Length > 0 && (label.All(char.IsAsciiDigit)
            || (label.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && label.AsSpan(2).IndexOfAnyExcept(IPv6Characters) < 0));

    private static bool IsLabel(string label) =>
        label.Length is >= 1 and <= 63 && label.All(character => char.IsAsciiLetterOrDigit(character) || character == '-')
        && label[0] != '-' && label[^1] != '-';
}
