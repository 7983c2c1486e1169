using Provisioning.Resources;

namespace Provisioning.Tests.Resources;

public sealed class FieldViolationTests
{
    [Theory]
    [InlineData("db:99999", "\"db:99999\"")]
    [InlineData("a\"b", "\"a\\\"b\"")]
    [InlineData(@"a\b", @"""a\\b""")]
    [InlineData("a\nb\tc\rd", "\"a\\nb\\tc\\rd\"")]
    [InlineData("a\u001b[31m", "\"a\\u001b[31m\"")]
    [InlineData("a\u202eb", "\"a\\u202eb\"")]
    [InlineData("ä€", "\"ä€\"")]
    [InlineData("", "\"\"")]
    [InlineData(null, "null")]
    public void Quotes_values_as_Go_does(string? value, string quoted) =>
        Assert.Equal($"spec.x: Invalid value: {quoted}: detail", FieldViolation.Invalid("spec.x", value, "detail").ToString());

    [Theory]
    [InlineData("postgres://u:hunter2@db")]
    [InlineData("u:hunter2@db:5432")]
    [InlineData("host=db password=hunter2")]
    [InlineData("db:5432?password hunter2")]
    [InlineData("jdbc://hunter2")]
    public void Never_shows_a_value_that_may_hold_a_credential(string value)
    {
        FieldViolation[] violations =
            [FieldViolation.Invalid("f", value, "detail"), FieldViolation.NotSupported("f", value, "x"), FieldViolation.Duplicate("f", value)];

        Assert.All(violations, violation => Assert.DoesNotContain("hunter2", $"{violation}", StringComparison.Ordinal));
        Assert.All(violations, violation => Assert.Contains("\"<hidden>\"", violation.Body, StringComparison.Ordinal));
    }

    [Fact]
    public void Shows_the_beginning_of_a_long_value_only() =>
        Assert.InRange(FieldViolation.Invalid("f", new string('a', 1_000_000), "detail").Body.Length, 100, 200);

    [Fact]
    public void Has_the_words_and_reasons_of_apimachinery()
    {
        Assert.Equal(("FieldValueRequired", "f: Required value"), Parts(FieldViolation.Required("f")));
        Assert.Equal(
            ("FieldValueNotSupported", "f: Unsupported value: \"mysql\": supported values: \"postgresql\""),
            Parts(FieldViolation.NotSupported("f", "mysql", "postgresql")));
        Assert.Equal(("FieldValueDuplicate", "f: Duplicate value: \"a\""), Parts(FieldViolation.Duplicate("f", "a")));
        Assert.Equal(("FieldValueForbidden", "f: Forbidden: no"), Parts(FieldViolation.Forbidden("f", "no")));
        Assert.Equal(("FieldValueTooMany", "f: Too many: 17: must have at most 16 items"), Parts(FieldViolation.TooMany("f", 17, 16)));
        Assert.Equal(("FieldValueTooLong", "f: Too long: may not be more than 63 bytes"), Parts(FieldViolation.TooLong("f", 63)));
        Assert.Equal(("FieldValueInvalid", "Invalid value: \"a\": d"), Parts(FieldViolation.Invalid("", "a", "d")));
    }

    private static (string Reason, string Text) Parts(FieldViolation violation) => (violation.Reason, violation.ToString());
}
