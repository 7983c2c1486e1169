namespace Provisioning.Resources;

/// <summary>A reference that is complete and can exist. The schema demands the key only, and lets both name and key be anything.</summary>
internal static class SecretKeyReferenceRules
{
    /// <summary>The rules of a reference that may be left out.</summary>
    public static IEnumerable<FieldViolation> FindViolations(string path, SecretKeyReference? reference) =>
        reference is null
            ? []
            : [
                .. NamespaceOf(path, reference.Namespace),
                .. RequiredAnd($"{path}.name", reference.Name, KubernetesNames.CheckSubdomain),
                .. RequiredAnd($"{path}.key", reference.Key, KubernetesNames.CheckDataKey),
            ];

    /// <summary>The rules of a reference that must be there.</summary>
    public static IEnumerable<FieldViolation> FindViolationsOfRequired(string path, SecretKeyReference? reference) =>
        reference is null ? [FieldViolation.Required(path)] : FindViolations(path, reference);

    /// <summary>A value that must be there and have a form.</summary>
    public static IEnumerable<FieldViolation> RequiredAnd(string path, string? value, Func<string, IEnumerable<string>> check) =>
        string.IsNullOrEmpty(value) ? [FieldViolation.Required(path)] : Invalid(path, value, check(value));

    private static IEnumerable<FieldViolation> NamespaceOf(string path, string? value) =>
        string.IsNullOrEmpty(value) ? [] : Invalid($"{path}.namespace", value, KubernetesNames.CheckLabel(value));

    private static IEnumerable<FieldViolation> Invalid(string path, string value, IEnumerable<string> details) =>
        details.Select(detail => FieldViolation.Invalid(path, value, detail));
}
