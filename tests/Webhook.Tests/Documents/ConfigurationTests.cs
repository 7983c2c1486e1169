using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text;
using Provisioning.Reconciliation;

namespace Webhook.Tests.Documents;

/// <summary>docs/configuration.md names every key, with the default and the meaning that the code has.</summary>
public sealed class ConfigurationTests
{
    private const BindingFlags AnyConstant = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static;

    [Fact]
    public async Task The_reference_is_what_the_options_classes_say()
    {
        var sections = Sections();

        Assert.Contains("Https", sections.Select(section => section.Key));
        Assert.Contains("Postgres", sections.Select(section => section.Key));
        await GeneratedPart.IsCurrentAsync("configuration.md", string.Concat(sections.Select(Describe)));
    }

    [Fact]
    public void Every_key_says_what_it_means() => Assert.All(
        Sections().SelectMany(section => section).SelectMany(PropertiesOf), property => Assert.NotEmpty(CodeComments.SummaryOf(property)));

    /// <summary>Every class that says which section of the configuration it is bound to.</summary>
    private static List<IGrouping<string, Type>> Sections() =>
    [
        .. new[] { typeof(Program).Assembly, typeof(ReconciliationOptions).Assembly }
            .SelectMany(assembly => assembly.GetTypes())
            .Where(type => type.GetField("SectionName", AnyConstant) is { IsLiteral: true })
            .OrderBy(type => type.FullName, StringComparer.Ordinal)
            .GroupBy(type => (string)type.GetField("SectionName", AnyConstant)!.GetRawConstantValue()!, StringComparer.Ordinal)
            .OrderBy(section => section.Key, StringComparer.Ordinal),
    ];

    private static string Describe(IGrouping<string, Type> section)
    {
        var text = new StringBuilder($"## {section.Key}\n\n| key | default | means |\n|---|---|---|\n");
        foreach (var property in section.SelectMany(PropertiesOf).OrderBy(property => property.Name, StringComparer.Ordinal))
        {
            var defaults = Activator.CreateInstance(property.DeclaringType!)!;
            text.Append(CultureInfo.InvariantCulture, $"| `{section.Key}:{property.Name}` | {Value(property.GetValue(defaults))} | {CodeComments.SummaryOf(property)}{Limits(property)}{Choices(property)} |\n");
        }

        return text.Append('\n').ToString();
    }

    private static IEnumerable<PropertyInfo> PropertiesOf(Type type) => type.GetProperties(BindingFlags.Public | BindingFlags.Instance);

    private static string Value(object? value) => value switch
    {
        null or "" => "none",
        bool flag => flag ? "`true`" : "`false`",
        string text => $"`{text}`",
        IEnumerable list => list.Cast<object>().Any() ? $"`{string.Join(", ", list.Cast<object>())}`" : "empty",
        IFormattable number => $"`{number.ToString(null, CultureInfo.InvariantCulture)}`",
        _ => $"`{value}`",
    };

    private static string Limits(PropertyInfo property) =>
        property.GetCustomAttribute<RangeAttribute>() is { } range ? string.Create(CultureInfo.InvariantCulture, $" From {range.Minimum} to {range.Maximum}.") : "";

    private static string Choices(PropertyInfo property) => property.PropertyType.IsEnum
        ? string.Concat(property.PropertyType.GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => $" `{field.Name}`: {CodeComments.SummaryOf(field)}"))
        : "";
}
