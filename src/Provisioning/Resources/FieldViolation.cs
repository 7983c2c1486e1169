using System.Globalization;

namespace Provisioning.Resources;

/// <summary>One mistake in an object, in the words of apimachinery's <c>field.Error</c>, so that it reads like the API server's own.</summary>
/// <param name="Field">The path as the user typed it in YAML, such as <c>spec.endpoints[0]</c>.</param>
/// <param name="Reason">apimachinery's cause type, such as <c>FieldValueInvalid</c>.</param>
/// <param name="Body">apimachinery's text without the path, such as <c>Invalid value: "x": must be ...</c>.</param>
public sealed record FieldViolation(string Field, string Reason, string Body)
{
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

    /// <summary>A value that another already has, where it is not plain who that is.</summary>
    public static FieldViolation Duplicate(string field, string value, string detail) =>
        new(field, "FieldValueDuplicate", $"Duplicate value: {Quote(value)}: {detail}");

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
        string.Format(CultureInfo.InvariantCulture, text, arguments);

    /// <summary>A connection string or URL typed into the wrong field carries a password, and messages end in logs and terminals.</summary>
    internal static bool MayHoldCredential(string value) =>
        value.AsSpan().ContainsAny('@', '=', '?') || value.Contains("//", StringComparison.Ordinal);

    private static string Quote(string? value) => value switch
    {
        null => "null",
        _ when MayHoldCredential(value) => $"\"{Hidden}\"",
        _ => QuotedText.Of(value),
    };
}
