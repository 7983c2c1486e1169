using TestPostgres;

namespace Provisioning.Tests.Postgres;

/// <summary>Every supported major version, each with both kinds of admin. A major that is not installed is a printed skip; where the
/// environment says <c>CI=true</c>, it fails.</summary>
public static class Matrix
{
    private static readonly int[] Majors = [14, 15, 16, 17, 18];

    /// <summary>Major version, and whether the admin is a superuser.</summary>
    public static IEnumerable<TheoryDataRow<int, bool>> All =>
        from variant in Variants
        select new TheoryDataRow<int, bool>(variant.Major, variant.AsSuperuser) { Skip = Missing(variant.Major) };

    /// <summary>Major version.</summary>
    public static IEnumerable<TheoryDataRow<int>> Each =>
        from major in Majors
        select new TheoryDataRow<int>(major) { Skip = Missing(major) };

    /// <summary>The oldest major version, that of Debian, and the newest: where what is between them cannot differ.</summary>
    public static IEnumerable<TheoryDataRow<int>> Ends => Each.Where(row => row.Data is 14 or 15 or 18);

    /// <summary>The variants, each with each of some data.</summary>
    public static IEnumerable<TheoryDataRow<int, bool, string, string>> With(params (string One, string Other)[] data) =>
        from variant in Variants
        from item in data
        select new TheoryDataRow<int, bool, string, string>(variant.Major, variant.AsSuperuser, item.One, item.Other) { Skip = Missing(variant.Major) };

    private static IEnumerable<(int Major, bool AsSuperuser)> Variants =>
        Majors.SelectMany(major => new[] { (major, false), (major, true) });

    /// <summary>True when a test on this major is to run: it is installed, or it must be.</summary>
    public static bool Has(int major) =>
        PostgresBinaries.Find(major) is not null || Environment.GetEnvironmentVariable("CI") == "true";

    private static string? Missing(int major) =>
        Has(major)
            ? null
            : $"PostgreSQL {major} is not installed: run scripts/postgres-versions.sh.";
}
