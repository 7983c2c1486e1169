using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Webhook.Offline;

/// <summary>
/// What kubectl makes of a scalar: YAML 1.1 as the Go library behind it reads it. An unquoted <c>on</c>, <c>yes</c> or <c>n</c> is a
/// boolean and an unquoted <c>0755</c> a number, so neither is taken where the schema wants a string.
/// </summary>
internal static partial class YamlScalar
{
    private const string TagPrefix = "tag:yaml.org,2002:";
    private static readonly string[] Nulls = ["", "~", "null", "Null", "NULL"];
    private static readonly HashSet<string> Booleans = new(StringComparer.Ordinal)
    {
        "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON",
        "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF",
    };

    /// <summary>The type of a scalar.</summary>
    public static NodeType TypeOf(Scalar scalar)
    {
        if (!scalar.Tag.IsEmpty && !scalar.Tag.IsNonSpecific)
        {
            return scalar.Tag.Value switch
            {
                $"{TagPrefix}null" => NodeType.Null,
                $"{TagPrefix}bool" => NodeType.Boolean,
                $"{TagPrefix}int" or $"{TagPrefix}float" => NodeType.Number,
                _ => NodeType.String,
            };
        }

        return scalar.Style != ScalarStyle.Plain || !scalar.IsPlainImplicit ? NodeType.String
            : Array.IndexOf(Nulls, scalar.Value) >= 0 ? NodeType.Null
            : Booleans.Contains(scalar.Value) ? NodeType.Boolean
            : IsNumber(scalar.Value) ? NodeType.Number
            : NodeType.String;
    }

    /// <summary>Whether a boolean is true.</summary>
    public static bool IsTrue(string text) => text[0] is 'y' or 'Y' or 't' or 'T' || text is "on" or "On" or "ON";

    private static bool IsNumber(string text) =>
        text[0] != '_' && (Number().IsMatch(text.Replace("_", "", StringComparison.Ordinal)) || NotFinite().IsMatch(text));

    [GeneratedRegex(
        @"\A[-+]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?)\z",
        RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Number();

    [GeneratedRegex(@"\A([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))\z", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex NotFinite();
}
