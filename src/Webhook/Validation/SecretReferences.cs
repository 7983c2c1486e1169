using Provisioning.Kubernetes;
using Provisioning.Resources;

namespace Webhook.Validation;

/// <summary>One field that names a Secret.</summary>
/// <param name="Field">Such as <c>spec.auth.password</c>.</param>
/// <param name="Secret">The Secret that is meant, with its namespace.</param>
internal readonly record struct SecretReference(string Field, NamespacedName Secret);

/// <summary>The Secrets that a DataSource names.</summary>
internal static class SecretReferences
{
    /// <summary>
    /// What a request makes the controller read: the references that <paramref name="before"/> does not have already, and only
    /// those that are well-formed, because anything else is refused and must neither be asked about nor shown.
    /// </summary>
    /// <param name="before">Null on a create.</param>
    /// <param name="after">The object asked for; its namespace must be known.</param>
    /// <param name="violations">What the rules found in it.</param>
    public static IReadOnlyList<SecretReference> FindNew(DataSource? before, DataSource after, IReadOnlyList<FieldViolation> violations)
    {
        var known = before is null ? [] : Find(before).Select(reference => reference.Secret).ToHashSet();
        return
        [
            .. Find(after).Where(reference => !known.Contains(reference.Secret)
                && !violations.Any(violation => violation.Field.StartsWith($"{reference.Field}.", StringComparison.Ordinal))),
        ];
    }

    private static IEnumerable<SecretReference> Find(DataSource dataSource)
    {
        (string Field, SecretKeyReference? Reference)[] fields =
        [
            ("spec.auth.username", dataSource.Spec?.Auth?.Username),
            ("spec.auth.password", dataSource.Spec?.Auth?.Password),
            ("spec.certificateAuthority", dataSource.Spec?.CertificateAuthority),
        ];
        return fields.Where(field => field.Reference is not null)
            .Select(field => new SecretReference(field.Field, field.Reference!.Resolve(dataSource.Metadata.Namespace ?? "")));
    }
}
