using System.Globalization;
using System.Text.Json.Nodes;
using ControlPlane.Http;

namespace ControlPlane.Schema;

/// <summary>The checks of strings and numbers.</summary>
internal static class ScalarValidation
{
    public static void Validate(JsonNode node, ObjectSchema schema, string path, ICollection<FieldError> errors)
    {
        if (node.Text() is { } text)
        {
            ValidateText(text, schema, path, errors);
        }
        else if (double.TryParse(node.ToJsonString(), CultureInfo.InvariantCulture, out var number))
        {
            ValidateNumber(number, node, schema, path, errors);
        }
    }

    /// <summary>Of length and pattern only the first mistake is told.</summary>
    private static void ValidateText(string text, ObjectSchema schema, string path, ICollection<FieldError> errors)
    {
        var length = text.EnumerateRunes().Count();
        if (schema.Source["maxLength"].Number() is { } most && length > most)
        {
            errors.Add(new FieldError("FieldValueTooLong", path, $"Too long: may not be more than {most} bytes"));
        }
        else if (schema.Source["minLength"].Number() is { } least && length < least)
        {
            errors.Add(FieldError.Invalid(path, Validation.Quote(text), $"{path} in body should be at least {least} chars long"));
        }
        else if (schema.Pattern is { } pattern && !pattern.IsMatch(text))
        {
            errors.Add(FieldError.Invalid(path, Validation.Quote(text), $"{path} in body should match '{schema.Source["pattern"].Text()}'"));
        }

        if (schema.Source["format"].Text() == "date-time"
            && !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out _))
        {
            errors.Add(FieldError.Invalid(path, Validation.Quote(text), $"{path} in body must be of type date-time: {Validation.Quote(text)}"));
        }
    }

    private static void ValidateNumber(double number, JsonNode node, ObjectSchema schema, string path, ICollection<FieldError> errors)
    {
        if (Bound(schema.Source["minimum"]) is { } minimum
            && (number < minimum || (number == minimum && schema.Source["exclusiveMinimum"].IsTrue())))
        {
            var relation = schema.Source["exclusiveMinimum"].IsTrue() ? "greater than" : "greater than or equal to";
            errors.Add(FieldError.Invalid(path, node.ToJsonString(), $"{path} in body should be {relation} {minimum}"));
        }

        if (Bound(schema.Source["maximum"]) is { } maximum
            && (number > maximum || (number == maximum && schema.Source["exclusiveMaximum"].IsTrue())))
        {
            var relation = schema.Source["exclusiveMaximum"].IsTrue() ? "less than" : "less than or equal to";
            errors.Add(FieldError.Invalid(path, node.ToJsonString(), $"{path} in body should be {relation} {maximum}"));
        }
    }

    private static double? Bound(JsonNode? node)
        => node is not null && double.TryParse(node.ToJsonString(), CultureInfo.InvariantCulture, out var bound) ? bound : null;
}
