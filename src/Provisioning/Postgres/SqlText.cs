namespace Provisioning.Postgres;

/// <summary>Text values in statements that take no parameters, such as COMMENT (PostgreSQL, 4.1.2.1).</summary>
internal static class SqlText
{
    /// <summary>A string constant. Sessions have <c>standard_conforming_strings = on</c>: a backslash is a backslash.</summary>
    /// <exception cref="ArgumentException">The value has a NUL character, which PostgreSQL cannot store.</exception>
    public static string Literal(string value) => value.Contains('\0', StringComparison.Ordinal)
        ? throw new ArgumentException("PostgreSQL stores no NUL character.", nameof(value))
        : $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";
}
