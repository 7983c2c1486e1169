using System.Text.Json.Nodes;
using ControlPlane.Http;

namespace ControlPlane.Storage;

/// <summary>A label selector, in the text form of lists and the object form of webhooks.</summary>
internal sealed class LabelSelector
{
    /// <summary>Selects everything.</summary>
    public static readonly LabelSelector Everything = new([]);

    private readonly IReadOnlyList<Requirement> _requirements;

    private LabelSelector(IReadOnlyList<Requirement> requirements) => _requirements = requirements;

    /// <summary>Parses <c>a=b,c!=d,e in (f,g),h,!i</c>.</summary>
    /// <exception cref="ApiException">400: the text is no selector.</exception>
    public static LabelSelector Parse(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return Everything;
        }

        return new LabelSelector([.. Split(text).Select(ParseRequirement)]);
    }

    /// <summary>Reads <c>matchLabels</c> and <c>matchExpressions</c>; null selects everything.</summary>
    public static LabelSelector From(JsonNode? selector)
    {
        var requirements = new List<Requirement>();
        foreach (var (key, value) in selector?["matchLabels"] as JsonObject ?? [])
        {
            requirements.Add(new Requirement(key, "In", [value.Text() ?? ""]));
        }

        foreach (var expression in selector?["matchExpressions"] as JsonArray ?? [])
        {
            requirements.Add(new Requirement(
                expression!["key"].Text() ?? "", expression["operator"].Text() ?? "", [.. expression["values"].Texts()]));
        }

        return requirements.Count == 0 ? Everything : new LabelSelector(requirements);
    }

    /// <summary>Whether the labels of an object are selected; null labels are none.</summary>
    public bool Matches(JsonNode? labels) => _requirements.All(r => r.Matches(labels?[r.Key].Text()));

    private static IEnumerable<string> Split(string text)
    {
        var start = 0;
        var depth = 0;
        for (var i = 0; i < text.Length; i++)
        {
            depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
            if (text[i] == ',' && depth == 0)
            {
                yield return text[start..i];
                start = i + 1;
            }
        }

        yield return text[start..];
    }

    private static Requirement ParseRequirement(string text)
    {
        text = text.Trim();
        foreach (var (sign, name) in ((string, string)[])[("!=", "NotIn"), ("==", "In"), ("=", "In")])
        {
            var at = text.IndexOf(sign, StringComparison.Ordinal);
            if (at <= 0)
            {
                continue;
            }

            var value = text[(at + sign.Length)..].Trim();
            return value.Contains('=', StringComparison.Ordinal)
                ? throw ApiException.BadRequest("found '=', expected: ',' or 'end of string'")
                : new Requirement(text[..at].Trim(), name, [value]);
        }

        foreach (var (word, name) in ((string, string)[])[(" notin ", "NotIn"), (" in ", "In")])
        {
            var at = text.IndexOf(word, StringComparison.Ordinal);
            if (at > 0)
            {
                var values = text[(at + word.Length)..].Trim().TrimStart('(').TrimEnd(')');
                return new Requirement(text[..at].Trim(), name, [.. values.Split(',').Select(v => v.Trim())]);
            }
        }

        return text.StartsWith('!')
            ? new Requirement(text[1..].Trim(), "DoesNotExist", [])
            : new Requirement(text, "Exists", []);
    }

    private sealed record Requirement(string Key, string Operator, IReadOnlyList<string> Values)
    {
        public bool Matches(string? value) => Operator switch
        {
            "In" => value is not null && Values.Contains(value, StringComparer.Ordinal),
            "NotIn" => value is null || !Values.Contains(value, StringComparer.Ordinal),
            "Exists" => value is not null,
            "DoesNotExist" => value is null,
            _ => false,
        };
    }
}
