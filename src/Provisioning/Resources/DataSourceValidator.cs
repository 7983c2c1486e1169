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
        RuleFor(spec => spec.Endpoints).Obeys("spec.endpoints", new EndpointRules(policy).FindViolations);
        RuleFor(spec => spec.Auth).Obeys("spec.auth", CheckAuth);
        RuleFor(spec => spec.CertificateAuthority).Obeys("spec.certificateAuthority", SecretKeyReferenceRules.FindViolations);
    }

    private static IEnumerable<FieldViolation> CheckType(string path, string? type) => type switch
    {
        null or "" => [FieldViolation.Required(path)],
        PostgreSql => [],
        _ => [FieldViolation.NotSupported(path, type, PostgreSql)],
    };

    private static IEnumerable<FieldViolation> CheckAuth(string path, DataSourceAuth? auth) =>
        auth is null
            ? [FieldViolation.Required(path)]
            : [
                .. SecretKeyReferenceRules.FindViolationsOfRequired($"{path}.username", auth.Username),
                .. SecretKeyReferenceRules.FindViolationsOfRequired($"{path}.password", auth.Password),
            ];
}
