using System.Text;

namespace Webhook.Admission;

/// <summary>Makes a text fit for the HTTP header <c>Warning</c>: the API server drops a warning with a control character as a whole.</summary>
internal static class WarningText
{
    /// <summary>Characters that the API's documentation asks to stay within.</summary>
    public const int MaxLength = 120;

    /// <summary>White space and control characters become a space; what is too long is cut with an ellipsis, never inside a character.</summary>
    public static string Sanitise(string text)
    {
        if (text.Length <= MaxLength && !text.Any(IsUnfit))
        {
            return text;
        }

        var result = new StringBuilder(MaxLength);
        var count = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (++count > MaxLength)
            {
                // One character makes room for the ellipsis.
                var last = char.IsLowSurrogate(result[^1]) ? 2 : 1;
                return result.Remove(result.Length - last, last).Append('…').ToString();
            }

            result.Append(rune.IsBmp && IsUnfit((char)rune.Value) ? " " : rune.ToString());
        }

        return result.ToString();
    }

    private static bool IsUnfit(char character) => char.IsControl(character) || char.IsSurrogate(character) || character is '\u2028' or '\u2029';
}
