using FluentValidation;
using FluentValidation.Results;

namespace Provisioning.Resources;

/// <summary>Lets FluentValidation carry violations in apimachinery's form: its own texts and paths are those of .NET.</summary>
internal static class RuleBuilders
{
    /// <summary>Adds a rule that yields the violations of a value.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="path">The value's path in YAML.</param>
    /// <param name="findViolations">Gets the path and the value.</param>
    public static IRuleBuilderOptionsConditions<T, TValue> Obeys<T, TValue>(
        this IRuleBuilder<T, TValue> rule, string path, Func<string, TValue, IEnumerable<FieldViolation>> findViolations) =>
        rule.Custom((value, context) =>
        {
            foreach (var violation in findViolations(path, value))
            {
                context.AddFailure(new ValidationFailure(violation.Field, violation.Body) { CustomState = violation });
            }
        });

    /// <summary>All violations, in the order of the rules.</summary>
    public static IReadOnlyList<FieldViolation> FindViolations<T>(this IValidator<T> validator, T value) =>
        validator.Validate(value) is { IsValid: false } result ? [.. result.Errors.Select(error => (FieldViolation)error.CustomState)] : [];
}
