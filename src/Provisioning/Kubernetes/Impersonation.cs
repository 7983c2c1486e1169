using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace Provisioning.Kubernetes;

/// <summary>Whom the API server is to take us for (Kubernetes documentation, "User impersonation"). It asks whether we may.</summary>
internal sealed record Impersonation
{
    /// <summary>The user's name.</summary>
    public required string User { get; init; }

    /// <summary>Null: none.</summary>
    public string? Uid { get; init; }

    /// <summary>Empty: those that the API server gives everybody.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>Further facts about the user, by key.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Extra { get; init; } = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);

    /// <summary>Whether a header has several lines, which only HTTP/1.1 with <see cref="Lines"/> can send.</summary>
    public bool HasLines => Groups.Count > 1 || Extra.Values.Any(values => values.Count > 1);

    /// <summary>What makes lines of what <see cref="AddTo"/> adds.</summary>
    public HeaderLines Lines { get; } = new();

    /// <summary>The headers, whose values may be of any script: they are sent as UTF-8, as kubectl does.</summary>
    public void AddTo(HttpRequestHeaders headers)
    {
        headers.TryAddWithoutValidation("Impersonate-User", User);
        if (Uid is not null)
        {
            headers.TryAddWithoutValidation("Impersonate-Uid", Uid);
        }

        Add(headers, "Impersonate-Group", Groups);
        foreach (var (key, values) in Extra)
        {
            Add(headers, $"Impersonate-Extra-{Escape(key)}", values);
        }
    }

    private void Add(HttpRequestHeaders headers, string header, IReadOnlyList<string> values)
    {
        if (values.Count > 0)
        {
            headers.TryAddWithoutValidation(header, Lines.Join(header, values));
        }
    }

    // What may not stand in a header's name (RFC 9110, token) is percent-encoded, and so is the percent sign.
    private static string Escape(string key)
    {
        var escaped = new StringBuilder();
        foreach (var character in Encoding.UTF8.GetBytes(key))
        {
            _ = char.IsAsciiLetterOrDigit((char)character) || "!#$&'*+-.^_`|~".Contains((char)character, StringComparison.Ordinal)
                ? escaped.Append((char)character)
                : escaped.Append(CultureInfo.InvariantCulture, $"%{character:X2}");
        }

        return escaped.ToString();
    }
}
