using System.Net;

namespace Provisioning.Tests.Postgres;

/// <summary>
/// Reads a DSN by the rules that kine's chain has: net/url of Go parses it, kine writes the database in lower case and the query again, pgx splits
/// hosts and ports. Written against their documentation and behaviour, and apart from our own parser, which would agree with our builder's mistakes.
/// </summary>
internal sealed record KineUrl(string User, string Password, IReadOnlyList<(string Host, int Port)> Endpoints, string Database, IReadOnlyDictionary<string, string> Query)
{
    /// <summary>What RFC 3986 leaves to a host's name beside <c>%</c>; Go refuses everything else there.</summary>
    private const string HostCharacters = "-._~!$&'()*+,;=:[]<>\"";

    /// <summary>Throws where one of the three would refuse.</summary>
    public static KineUrl Read(string url)
    {
        Require(url.StartsWith("postgres://", StringComparison.Ordinal), "scheme");
        Require(url.All(character => character is > ' ' and < '\x7f'), "characters");
        var (beforeFragment, fragment) = Cut(url["postgres://".Length..], '#');
        Require(fragment.Length == 0, "fragment");
        var (location, query) = Cut(beforeFragment, '?');
        var (authority, path) = Cut(location, '/');
        var at = authority.LastIndexOf('@');
        var (user, password) = Cut(authority[..at], ':');
        Require(authority[..at].All(character => char.IsAsciiLetterOrDigit(character) || "-._:~!$&'()*+,;=%@".Contains(character, StringComparison.Ordinal)), "user information");
        var values = ReadQuery(query);
        return new KineUrl(Unescape(user), Unescape(password), ReadEndpoints(authority[(at + 1)..], values), Unescape(path).ToLowerInvariant(), values);
    }

    private static Dictionary<string, string> ReadQuery(string query)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in query.Split('&'))
        {
            // A semicolon separates nothing any more, and is refused; a plus is a space.
            Require(!pair.Contains(';', StringComparison.Ordinal), "semicolon");
            var (name, value) = Cut(pair, '=');
            values.TryAdd(Unescape(name.Replace('+', ' ')), Unescape(value.Replace('+', ' ')));
        }

        return values;
    }

    private static List<(string Host, int Port)> ReadEndpoints(string authority, Dictionary<string, string> query)
    {
        Require(authority.All(character => char.IsAsciiLetterOrDigit(character) || HostCharacters.Contains(character, StringComparison.Ordinal)), "host");

        // Go looks at the end of the whole: digits after the last colon, and a bracket at the start has its end before them.
        if (authority.StartsWith('['))
        {
            Require(authority[(authority.LastIndexOf(']') + 1)..] is [':', .. var port] && port.All(char.IsAsciiDigit), "port after a bracket");
        }
        else if (authority.Length > 0)
        {
            Require(authority[(authority.LastIndexOf(':') + 1)..].All(char.IsAsciiDigit), "port");
        }

        List<string> hosts = [];
        List<string> ports = [];
        foreach (var item in authority.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = item.LastIndexOf(':');
            var host = item[..colon];
            Require(host is ['[', .., ']'] || !host.Contains(':', StringComparison.Ordinal), "too many colons");
            hosts.Add(host.Trim('[', ']'));
            ports.Add(item[(colon + 1)..]);
        }

        // The query wins over the authority.
        hosts = query.TryGetValue("host", out var listed) ? [.. listed.Split(',')] : hosts;
        ports = query.TryGetValue("port", out var numbers) ? [.. numbers.Split(',')] : ports;
        Require(hosts.Count == ports.Count && hosts.Count > 0, "as many ports as hosts");
        return [.. hosts.Zip(ports, (host, port) => (host, int.Parse(port, System.Globalization.CultureInfo.InvariantCulture)))];
    }

    private static (string Before, string After) Cut(string text, char separator)
    {
        var index = text.IndexOf(separator, StringComparison.Ordinal);
        return index < 0 ? (text, "") : (text[..index], text[(index + 1)..]);
    }

    private static string Unescape(string text)
    {
        for (var index = text.IndexOf('%', StringComparison.Ordinal); index >= 0; index = text.IndexOf('%', index + 1))
        {
            Require(index + 2 < text.Length && char.IsAsciiHexDigit(text[index + 1]) && char.IsAsciiHexDigit(text[index + 2]), "escape");
        }

        return WebUtility.UrlDecode(text.Replace("+", "%2B", StringComparison.Ordinal));
    }

    private static void Require(bool condition, string what)
    {
        if (!condition)
        {
            throw new FormatException($"kine would not take this URL: {what}.");
        }
    }
}
