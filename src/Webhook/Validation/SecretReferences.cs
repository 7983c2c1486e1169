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
        var known = before is null ? [] : Find(before);
        var references = Find(after);
        // On a create of what is right, hence mostly, there is nothing to leave out, and nothing is made to find that out.
        if (known.Count > 0 || violations.Count > 0)
        {
            references.RemoveAll(reference => known.Exists(other => other.Secret == reference.Secret)
                || violations.Any(violation => violation.Field.StartsWith($"{reference.Field}.", StringComparison.Ordinal)));
        }

        return references;
    }

    private static List<SecretReference> Find(DataSource dataSource)
    {
        var references = new List<SecretReference>(3);
        Add("spec.auth.username", dataSource.Spec?.Auth?.Username);
        Add("spec.auth.password", dataSource.Spec?.Auth?.Password);
        Add("spec.certificateAuthority", dataSource.Spec?.CertificateAuthority);
        return references;

        void Add(string field, SecretKeyReference? reference)
        {
            if (reference is not null)
            {
                references.Add(new SecretReference(field, reference.Resolve(dataSource.Metadata.Namespace ?? "")));
            }
        }
    }
}
