using System.Reflection;
using Provisioning.Postgres;

namespace Provisioning.Tests.Postgres;

public sealed class PostgresReasonsTests
{
    private static readonly List<string> Reasons =
        [.. typeof(PostgresReasons).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (string)field.GetRawConstantValue()!)];

    [Fact]
    public void Each_has_one_heading_with_a_text_in_the_documentation_and_nothing_else_has()
    {
        var page = File.ReadAllText(Repository.Path("docs/reasons.md"));
        var sections = page.Split("\n## ").Skip(1).Select(section => section.Split('\n', 2)).ToList();

        Assert.Equal(Reasons.Order(StringComparer.Ordinal), sections.Select(section => section[0].Trim()));
        Assert.All(sections, section => Assert.True(
            section[1].Contains("**Mend:**", StringComparison.Ordinal) || section[1].Contains("Retried", StringComparison.Ordinal), section[0]));
    }

    [Fact]
    public void Is_named_as_its_constant() =>
        Assert.All(
            typeof(PostgresReasons).GetFields(BindingFlags.Public | BindingFlags.Static),
            field => Assert.Equal(field.Name, field.GetRawConstantValue()));
}
