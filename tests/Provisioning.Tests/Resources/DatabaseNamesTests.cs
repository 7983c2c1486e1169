using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Provisioning.Resources;

namespace Provisioning.Tests.Resources;

public sealed class DatabaseNamesTests
{
    private static readonly Gen<string> Schemas = Gen.OneOf(
        Gen.Elements([.. "abcAB09_-."]).ArrayOf().Select(characters => new string(characters)),
        Gen.Elements([.. "ab_"]).ArrayOf(70).Select(characters => new string(characters)),
        Gen.Elements([.. "aé𝔘\u0000\" "]).ArrayOf().Select(characters => new string(characters)),
        Gen.Elements("x", "y").SelectMany(end => Gen.Choose(50, 90).Select(length => new string('a', length) + end)))
        .Where(schema => schema.Length > 0);

    [Theory]
    [InlineData("kcm_system_cluster_name_9fvwr", "kine_kcm_system_cluster_name_9fvwr")]
    [InlineData("kcm_system_cluster-name_9fvwr", "kine_kcm_system_cluster-name_9fvwr")]
    [InlineData("team.a_x_9fvwr", "kine_team.a_x_9fvwr")]
    public void A_schema_that_fits_is_the_database_and_with_a_prefix_the_role(string schema, string role) =>
        Assert.Equal(new DatabaseNames(schema, role, role.Replace("kine_", "kine2_", StringComparison.Ordinal)), DatabaseNames.FromSchema(schema));

    [Fact]
    public void Database_and_role_are_shortened_separately()
    {
        var fits = new string('a', 63);
        var names = DatabaseNames.FromSchema(fits);

        Assert.Equal(fits, names.Database);
        Assert.Equal(63, names.Role.Length);
        Assert.StartsWith("kine_aaa", names.Role, StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_schema_keeps_both_ends_readable()
    {
        var names = DatabaseNames.FromSchema($"some_namespace_{new string('x', 200)}_9fvwr");

        Assert.StartsWith("some_namespace_xxx", names.Database, StringComparison.Ordinal);
        Assert.EndsWith("_9fvwr", names.Database, StringComparison.Ordinal);
        Assert.StartsWith("kine_some_namespace_xxx", names.Role, StringComparison.Ordinal);
        Assert.EndsWith("_9fvwr", names.Role, StringComparison.Ordinal);
    }

    [Fact]
    public void The_names_of_a_long_schema_never_change_between_releases()
    {
        // printf %s "$schema" | sha256sum, its first 20 digits.
        var names = DatabaseNames.FromSchema(new string('n', 63) + "_" + new string('c', 63) + "_9fvwr");

        Assert.Equal("nnnnnnnnnnnnnnnnnnnnnnnnnnnn_96459615865c84582108_ccccccc_9fvwr", names.Database);
        Assert.Equal("kine_nnnnnnnnnnnnnnnnnnnnnnn_986741b51522c1e28a35_ccccccc_9fvwr", names.Role);
        Assert.Equal("kine2_nnnnnnnnnnnnnnnnnnnnnn_1d51143e1662b06e7df8_ccccccc_9fvwr", names.SecondRole);
    }

    [Fact]
    public void Every_name_is_at_most_63_bytes_of_lower_case_ASCII() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(Schemas.ToArbitrary(), schema =>
        {
            var names = DatabaseNames.FromSchema(schema);
            return IsSafe(names.Database) && IsSafe(names.Role) && names.Role.StartsWith("kine_", StringComparison.Ordinal)
                && IsSafe(names.SecondRole) && names.SecondRole.StartsWith("kine2_", StringComparison.Ordinal);
        }));

    [Fact]
    public void Different_schemas_never_share_a_database_or_a_role() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(5000), Prop.ForAll(Schemas.Two().ToArbitrary(), pair =>
        {
            var (one, other) = (DatabaseNames.FromSchema(pair.Item1), DatabaseNames.FromSchema(pair.Item2));
            return pair.Item1 == pair.Item2 || (one.Database != other.Database && one.Role != other.Role && one.SecondRole != other.SecondRole);
        }));

    [Fact]
    public void Halves_of_a_surrogate_pair_which_have_no_UTF8_are_different_schemas_too()
    {
        var (one, other) = (DatabaseNames.FromSchema("\ud835"), DatabaseNames.FromSchema("\udd18"));

        Assert.NotEqual(one.Database, other.Database);
        Assert.NotEqual(one.Role, other.Role);
        Assert.NotEqual(one.Database, DatabaseNames.FromSchema("\ufffd").Database);
    }

    [Fact]
    public void A_schema_chosen_to_be_another_schemas_shortened_name_does_not_get_that_name() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll(Schemas.ToArbitrary(), victim =>
        {
            var names = DatabaseNames.FromSchema(victim);
            var attackOnDatabase = DatabaseNames.FromSchema(names.Database);
            var attackOnRole = DatabaseNames.FromSchema(names.Role["kine_".Length..]);
            return names.Database == victim || (attackOnDatabase.Database != names.Database && (names.Role == $"kine_{victim}" || attackOnRole.Role != names.Role));
        }));

    [Theory]
    [InlineData("kcm-system", "cluster-name", "kcm_system_cluster_name_9fvwr")]
    [InlineData("ns", "Some.Name-1", "ns_some_name_1_9fvwr")]
    public void The_default_schema_is_what_kcm_writes(string inNamespace, string name, string schema) =>
        Assert.Equal(schema, DatabaseNames.DefaultSchema(inNamespace, name, "9fvwr"));

    [Fact]
    public void Long_namesakes_that_differ_only_in_their_random_end_get_different_databases()
    {
        var (ns, name) = (new string('n', 63), new string('c', 253));
        var first = DatabaseNames.FromSchema(DatabaseNames.DefaultSchema(ns, name, "aaaaa"));
        var second = DatabaseNames.FromSchema(DatabaseNames.DefaultSchema(ns, name, "aaaab"));

        Assert.NotEqual(first.Database, second.Database);
        Assert.NotEqual(first.Role, second.Role);
    }

    [Theory]
    [InlineData("postgres", true)]
    [InlineData("template0", true)]
    [InlineData("template1", true)]
    [InlineData("public", true)]
    [InlineData("none", true)]
    [InlineData("pg_catalog", true)]
    [InlineData("pg_x", true)]
    [InlineData("pgx", false)]
    [InlineData("template2", false)]
    public void Knows_the_names_that_PostgreSQL_keeps(string name, bool isReserved) => Assert.Equal(isReserved, DatabaseNames.IsReserved(name));

    [Fact]
    public void The_random_end_has_five_characters_that_fit_a_schema_and_differs()
    {
        var ends = Enumerable.Range(0, 50).Select(_ => new RandomSuffix().Next()).ToList();

        Assert.All(ends, end => Assert.Matches("^[a-z0-9]{5}$", end));
        Assert.InRange(ends.Distinct(StringComparer.Ordinal).Count(), 40, 50);
    }

    private static bool IsSafe(string name) =>
        Encoding.UTF8.GetByteCount(name) is >= 1 and <= 63 && name.All(character => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character is '_' or '-' or '.');
}
