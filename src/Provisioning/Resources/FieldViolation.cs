using System.Text;

namespace Provisioning.Resources;

/// <summary>One mistake in an object, in the words of apimachinery's <c>field.Error</c>, so that it reads like the API server's own.</summary>
/// <param name="Field">The path as the user typed it in YAML, such as <c>spec.endpoints[0]</c>.</param>
/// <param name="Reason">apimachinery's cause type, such as <c>FieldValueInvalid</c>.</param>
/// <param name="Body">apimachinery's text without the path, such as <c>Invalid value: "x": must be ...</c>.</param>
public sealed record FieldViolation(string Field, string Reason, string Body)
{
    /// <summary>Longer values are shown by their beginning only.</summary>
    private const int MaxShownLength = 128;

    private const string Hidden = "<hidden>";

    /// <summary>A value that breaks a rule. A value that may hold a credential is not shown.</summary>
    public static FieldViolation Invalid(string field, string? value, string detail) =>
        new(field, "FieldValueInvalid", $"Invalid value: {Quote(value)}: {detail}");

    /// <summary>A field that must be there.</summary>
    public static FieldViolation Required(string field) => new(field, "FieldValueRequired", "Required value");

    /// <summary>A value outside an enumeration.</summary>
    public static FieldViolation NotSupported(string field, string? value, params IEnumerable<string> supported) =>
        new(field, "FieldValueNotSupported", $"Unsupported value: {Quote(value)}: {Detail(Rejections.SupportedValues, string.Join(", ", supported.Select(Quote)))}");

    /// <summary>A value that another already has.</summary>
    public static FieldViolation Duplicate(string field, string value) => new(field, "FieldValueDuplicate", $"Duplicate value: {Quote(value)}");

    /// <summary>Something that may not be done, whatever the value.</summary>
    public static FieldViolation Forbidden(string field, string detail) => new(field, "FieldValueForbidden", $"Forbidden: {detail}");

    /// <summary>A list with too many items.</summary>
    public static FieldViolation TooMany(string field, int actual, int maximum) =>
        new(field, "FieldValueTooMany", $"Too many: {actual}: {Detail(Rejections.MustBeAtMostItems, maximum)}");

    /// <summary>A value with too many bytes; it is not shown.</summary>
    public static FieldViolation TooLong(string field, int maximumBytes) =>
        new(field, "FieldValueTooLong", $"Too long: {Detail(Rejections.MustBeAtMostBytes, maximumBytes)}");

    /// <summary>A value of another JSON type than the schema says; it is not shown.</summary>
    public static FieldViolation TypeInvalid(string field, string detail) =>
        new(field, "FieldValueTypeInvalid", $"Invalid value: \"{Hidden}\": {detail}");

    /// <summary><c>field: body</c>, as the API server prints it.</summary>
    public override string ToString() => Field.Length == 0 ? Body : $"{Field}: {Body}";

    /// <summary>Fills in a text of <see cref="Rejections"/>.</summary>
    internal static string Detail(string text, params object[] arguments) =>
        string.Format(System.Globalization.CultureInfo.InvariantCulture, text, arguments);

    /// <summary>A connection string or URL typed into the wrong field carries a password, and messages end in logs and terminals.</summary>
    internal static bool MayHoldCredential(string value) =>
        value.AsSpan().ContainsAny('@', '=', '?') || value.Contains("//", StringComparison.Ordinal);

    // The escapes of Go's %q that can occur: quotation mark, backslash, and what does not print.
    private static string Quote(string? value)
    {
        if (value is null)
        {
            return "null";
        }

        if (MayHoldCredential(value))
        {
            return $"\"{Hidden}\"";
        }

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
        || Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.Format or System.Globalization.UnicodeCategory.PrivateUse
            or System.Globalization.UnicodeCategory.OtherNotAssigned);
}
