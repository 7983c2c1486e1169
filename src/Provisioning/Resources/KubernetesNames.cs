using System.Buffers;

namespace Provisioning.Resources;

/// <summary>The forms of names in the API (Kubernetes, "Object Names and IDs"): each method yields the details of what is wrong.</summary>
internal static class KubernetesNames
{
    private const int SubdomainLength = 253;
    private const int LabelLength = 63;

    private static readonly SearchValues<char> LabelCharacters = SearchValues.Create("-0123456789abcdefghijklmnopqrstuvwxyz");
    private static readonly SearchValues<char> DataKeyCharacters =
        SearchValues.Create("-._0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>The name of most objects.</summary>
    public static IReadOnlyList<string> CheckSubdomain(string name) => Check(name, SubdomainLength, IsSubdomain(name), Rejections.Subdomain);

    /// <summary>The name of a namespace.</summary>
    public static IReadOnlyList<string> CheckLabel(string name) => Check(name, LabelLength, IsLabel(name), Rejections.Label);

    /// <summary>A key in the data of a Secret.</summary>
    public static IReadOnlyList<string> CheckDataKey(string key)
    {
        var problems = Check(key, SubdomainLength, key.Length > 0 && !key.AsSpan().ContainsAnyExcept(DataKeyCharacters), Rejections.DataKey);
        return key is "." || key.StartsWith("..", StringComparison.Ordinal) ? [.. problems, Rejections.DataKeyDots] : problems;
    }

    private static IReadOnlyList<string> Check(string value, int maximumLength, bool hasForm, string problem) =>
        (value.Length <= maximumLength, hasForm) switch
        {
            (true, true) => [],
            (true, false) => [problem],
            (false, true) => [TooLong(maximumLength)],
            (false, false) => [TooLong(maximumLength), problem],
        };

    private static string TooLong(int maximumLength) => FieldViolation.Detail(Rejections.TooManyCharacters, maximumLength);

    private static bool IsSubdomain(ReadOnlySpan<char> name)
    {
        foreach (var label in name.Split('.'))
        {
            if (!IsLabel(name[label]))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsLabel(ReadOnlySpan<char> label) =>
        label.Length > 0 && !label.ContainsAnyExcept(LabelCharacters) && label[0] != '-' && label[^1] != '-';
}
