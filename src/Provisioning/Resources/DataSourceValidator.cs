using FluentValidation;

namespace Provisioning.Resources;

/// <summary>
/// The rules of a DataSource's spec by itself; also what the API server's schema checks, because an object may have bypassed that. One
/// rule per field of the spec, which goes down to the fields below it by itself: FluentValidation's nested validators cost more than
/// everything that they checked.
/// </summary>
internal sealed class DataSourceValidator : AbstractValidator<DataSourceSpec>
{
    /// <summary>The only value of <c>spec.type</c>.</summary>
    public const string PostgreSql = "postgresql";

    /// <summary>PostgreSQL clients try hosts one after the other: more only make a dead server slower to notice.</summary>
    public const int MaxEndpoints = 16;

    public DataSourceValidator(EndpointPolicy policy)
    {
        RuleFor(spec => spec.Type).Obeys("spec.type", CheckType);
        RuleFor(spec => spec.Endpoints).Obeys("spec.endpoints", new EndpointRules(policy).Check);
        RuleFor(spec => spec.Auth).Obeys("spec.auth", CheckAuth);
        RuleFor(spec => spec.CertificateAuthority).Obeys("spec.certificateAuthority", SecretKeyReferenceRules.Check);
    }

    private static void CheckType(string path, string? type, List<FieldViolation> violations)
    {
        if (string.IsNullOrEmpty(type))
        {
            violations.Add(FieldViolation.Required(path));
        }
        else if (type != PostgreSql)
        {
            violations.Add(FieldViolation.NotSupported(path, type, PostgreSql));
        }
    }

    private static void CheckAuth(string path, DataSourceAuth? auth, List<FieldViolation> violations)
    {
        if (auth is null)
        {
            violations.Add(FieldViolation.Required(path));
            return;
        }

        // Texts, not made of the path: nobody reads them when nothing is wrong.
        SecretKeyReferenceRules.CheckRequired("spec.auth.username", auth.Username, violations);
        SecretKeyReferenceRules.CheckRequired("spec.auth.password", auth.Password, violations);
    }
}
