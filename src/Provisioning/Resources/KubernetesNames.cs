using System.Text.RegularExpressions;

namespace Provisioning.Resources;

/// <summary>The forms of names in the API (Kubernetes, "Object Names and IDs"): each method yields the details of what is wrong.</summary>
internal static partial class KubernetesNames
{
    private const int SubdomainLength = 253;
    private const int LabelLength = 63;

    /// <summary>The name of most objects.</summary>
    public static IEnumerable<string> CheckSubdomain(string name) => Check(name, SubdomainLength, Subdomain(), Rejections.Subdomain);

    /// <summary>The name of a namespace.</summary>
    public static IEnumerable<string> CheckLabel(string name) => Check(name, LabelLength, Label(), Rejections.Label);

    /// <summary>A key in the data of a Secret.</summary>
    public static IEnumerable<string> CheckDataKey(string key)
    {
        var problems = Check(key, SubdomainLength, DataKey(), Rejections.DataKey);
        return key is "." || key.StartsWith("..", StringComparison.Ordinal) ? problems.Append(Rejections.DataKeyDots) : problems;
    }

    private static IReadOnlyList<string> Check(string value, int maximumLength, Regex form, string problem) =>
        (value.Length <= maximumLength, form.IsMatch(value)) switch
        {
            (true, true) => [],
            (true, false) => [problem],
            (false, true) => [TooLong(maximumLength)],
            (false, false) => [TooLong(maximumLength), problem],
        };

    private static string TooLong(int maximumLength) => FieldViolation.Detail(Rejections.TooManyCharacters, maximumLength);

    // Non-backtracking: linear whatever is sent. \z and not $, which also matches before a last newline.
    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Subdomain();

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]*[a-z0-9])?\z", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Label();

    [GeneratedRegex(@"\A[-._a-zA-Z0-9]+\z", RegexOptions.NonBacktracking)]
    private static partial Regex DataKey();
}
