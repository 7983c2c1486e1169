namespace Provisioning.Resources;

/// <summary>A reference that is complete and can exist. The schema demands the key only, and lets both name and key be anything.</summary>
internal static class SecretKeyReferenceRules
{
    /// <summary>The rules of a reference that may be left out.</summary>
    public static void Check(string path, SecretKeyReference? reference, List<FieldViolation> violations)
    {
        if (reference is null)
        {
            return;
        }

        if (!string.IsNullOrEmpty(reference.Namespace))
        {
            AddInvalid(path, ".namespace", reference.Namespace, KubernetesNames.CheckLabel(reference.Namespace), violations);
        }

        CheckPart(path, ".name", reference.Name, KubernetesNames.CheckSubdomain, violations);
        CheckPart(path, ".key", reference.Key, KubernetesNames.CheckDataKey, violations);
    }

    /// <summary>The rules of a reference that must be there.</summary>
    public static void CheckRequired(string path, SecretKeyReference? reference, List<FieldViolation> violations)
    {
        if (reference is null)
        {
            violations.Add(FieldViolation.Required(path));
        }

        Check(path, reference, violations);
    }

    /// <summary>A value that must be there and have a form. The two halves of its path become one only where something is wrong.</summary>
    public static void CheckPart(
        string path, string part, string? value, Func<string, IReadOnlyList<string>> check, List<FieldViolation> violations)
    {
        if (string.IsNullOrEmpty(value))
        {
            violations.Add(FieldViolation.Required(path + part));
        }
        else
        {
            AddInvalid(path, part, value, check(value), violations);
        }
    }

    private static void AddInvalid(string path, string part, string value, IReadOnlyList<string> details, List<FieldViolation> violations)
    {
        for (var index = 0; index < details.Count; index++)
        {
            violations.Add(FieldViolation.Invalid(path + part, value, details[index]));
        }
    }
}
