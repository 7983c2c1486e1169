using System.Globalization;
using System.Text;

namespace Provisioning.Resources;

/// <summary>Text of others in messages of ours: in quotation marks, with Go's escapes (<c>%q</c>) for what does not print.</summary>
public static class QuotedText
{
    private const int MaxShownLength = 128;

    /// <summary>The quoted text; of a long one the beginning.</summary>
    public static string Of(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var text = new StringBuilder("\"", MaxShownLength + 16);
        foreach (var rune in value.EnumerateRunes())
        {
            if (text.Length > MaxShownLength)
            {
                text.Append("...");
                break;
            }

            AppendEscaped(text, rune);
        }

        return text.Append('"').ToString();
    }

    private static void AppendEscaped(StringBuilder text, Rune rune)
    {
        switch (rune.Value)
        {
            case '"' or '\\':
                text.Append('\\').Append((char)rune.Value);
                break;
            case '\n':
                text.Append("\\n");
                break;
            case '\r':
                text.Append("\\r");
                break;
            case '\t':
                text.Append("\\t");
                break;
            default:
                _ = IsPrinted(rune) ? text.Append(rune) : rune.IsBmp ? text.Append($"\\u{rune.Value:x4}") : text.Append($"\\U{rune.Value:x8}");
                break;
        }
    }

    // Format characters turn text around on a terminal (U+202E); Go's %q escapes them too.
    private static bool IsPrinted(Rune rune) => rune.Value == ' ' || !(Rune.IsControl(rune) || Rune.IsWhiteSpace(rune)
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format or UnicodeCategory.PrivateUse
            or UnicodeCategory.OtherNotAssigned);
}
