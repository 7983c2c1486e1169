using FluentValidation;
using FluentValidation.Results;

namespace Provisioning.Resources;

/// <summary>Lets FluentValidation carry violations in apimachinery's form: its own texts and paths are those of .NET.</summary>
internal static class RuleBuilders
{
    /// <summary>Adds a rule that yields the violations of a value, given the value's path in YAML.</summary>
    public static IRuleBuilderOptionsConditions<T, TValue> Obeys<T, TValue>(
        this IRuleBuilder<T, TValue> rule, Func<string, TValue, IEnumerable<FieldViolation>> findViolations) =>
        rule.Custom((value, context) =>
        {
            foreach (var violation in findViolations(ToYamlPath(context.PropertyPath), value))
            {
                context.AddFailure(new ValidationFailure(violation.Field, violation.Body) { CustomState = violation });
            }
        });

    /// <summary>Adds a rule that needs the whole object and yields violations with their own paths.</summary>
    public static IRuleBuilderOptionsConditions<T, T> Obeys<T>(this IRuleBuilder<T, T> rule, Func<T, IEnumerable<FieldViolation>> findViolations) =>
        rule.Obeys((_, value) => findViolations(value));

    /// <summary>All violations, in the order of the rules.</summary>
    public static IReadOnlyList<FieldViolation> FindViolations<T>(this IValidator<T> validator, T value) =>
        [.. validator.Validate(value).Errors.Select(error => (FieldViolation)error.CustomState)];

    // Every property of the records is named like its JSON field, but for the case of the first letter.
    private static string ToYamlPath(string propertyPath) =>
        string.Join('.', propertyPath.Split('.').Select(step => step.Length == 0 ? step : char.ToLowerInvariant(step[0]) + step[1..]));
}
