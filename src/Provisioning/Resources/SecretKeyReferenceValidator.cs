using FluentValidation;

namespace Provisioning.Resources;

/// <summary>A reference that is complete and can exist. The schema demands the key only, and lets both name and key be anything.</summary>
internal sealed class SecretKeyReferenceValidator : AbstractValidator<SecretKeyReference?>
{
    public SecretKeyReferenceValidator()
    {
        RuleFor(reference => reference!.Namespace).Obeys((path, value) => string.IsNullOrEmpty(value) ? [] : Invalid(path, value, KubernetesNames.CheckLabel(value)));
        RuleFor(reference => reference!.Name).Obeys((path, value) => RequiredAnd(path, value, KubernetesNames.CheckSubdomain));
        RuleFor(reference => reference!.Key).Obeys((path, value) => RequiredAnd(path, value, KubernetesNames.CheckDataKey));
    }

    /// <summary>A value that must be there and have a form.</summary>
    public static IEnumerable<FieldViolation> RequiredAnd(string path, string? value, Func<string, IEnumerable<string>> check) =>
        string.IsNullOrEmpty(value) ? [FieldViolation.Required(path)] : Invalid(path, value, check(value));

    private static IEnumerable<FieldViolation> Invalid(string path, string value, IEnumerable<string> details) =>
        details.Select(detail => FieldViolation.Invalid(path, value, detail));
}
