using FluentValidation;
using FluentValidation.Results;

namespace Provisioning.Resources;

/// <summary>Lets FluentValidation carry violations in apimachinery's form: its own texts and paths are those of .NET.</summary>
internal static class RuleBuilders
{
    /// <summary>Adds a rule that finds the violations of a value.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="path">The value's path in YAML.</param>
    /// <param name="check">Gets the path and the value, and adds what it finds to the list.</param>
    public static IRuleBuilderOptionsConditions<T, TValue> Obeys<T, TValue>(
        this IRuleBuilder<T, TValue> rule, string path, Action<string, TValue, List<FieldViolation>> check) =>
        rule.Custom((value, context) =>
        {
            var violations = new List<FieldViolation>();
            check(path, value, violations);
            foreach (var violation in violations)
            {
                context.AddFailure(new ValidationFailure(violation.Field, violation.Body) { CustomState = violation });
            }
        });

    /// <summary>All violations, in the order of the rules.</summary>
    public static IReadOnlyList<FieldViolation> FindViolations<T>(this IValidator<T> validator, T value) =>
        validator.Validate(value) is { IsValid: false } result ? [.. result.Errors.Select(error => (FieldViolation)error.CustomState)] : [];
}
