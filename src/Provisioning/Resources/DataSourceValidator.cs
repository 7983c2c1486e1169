using FluentValidation;

namespace Provisioning.Resources;

/// <summary>The rules of a DataSource by itself; also what the API server's schema checks, because an object may have bypassed that.</summary>
internal sealed class DataSourceValidator : AbstractValidator<DataSource>
{
    /// <summary>The only value of <c>spec.type</c>.</summary>
    public const string PostgreSql = "postgresql";

    /// <summary>PostgreSQL clients try hosts one after the other: more only make a dead server slower to notice.</summary>
    public const int MaxEndpoints = 16;

    public DataSourceValidator(EndpointPolicy policy)
    {
        RuleFor(dataSource => dataSource.Spec).Obeys(NotNull);
        RuleFor(dataSource => dataSource.Spec!).SetValidator(new SpecValidator(policy)).When(dataSource => dataSource.Spec is not null);
    }

    private static IEnumerable<FieldViolation> NotNull(string path, object? value) => value is null ? [FieldViolation.Required(path)] : [];

    private sealed class SpecValidator : AbstractValidator<DataSourceSpec>
    {
        public SpecValidator(EndpointPolicy policy)
        {
            var endpoints = new EndpointRules(policy);
            RuleFor(spec => spec.Type).Obeys(CheckType);
            RuleFor(spec => spec.Endpoints).Obeys(endpoints.FindViolations);
            RuleFor(spec => spec.Auth).Obeys(NotNull);
            RuleFor(spec => spec.Auth!).SetValidator(new AuthValidator()).When(spec => spec.Auth is not null);
            RuleFor(spec => spec.CertificateAuthority).SetValidator(new SecretKeyReferenceValidator()).When(spec => spec.CertificateAuthority is not null);
        }

        private static IEnumerable<FieldViolation> CheckType(string path, string? type) => type switch
        {
            null or "" => [FieldViolation.Required(path)],
            PostgreSql => [],
            _ => [FieldViolation.NotSupported(path, type, PostgreSql)],
        };
    }

    private sealed class AuthValidator : AbstractValidator<DataSourceAuth>
    {
        public AuthValidator()
        {
            RuleFor(auth => auth.Username).Obeys(NotNull);
            RuleFor(auth => auth.Username).SetValidator(new SecretKeyReferenceValidator()).When(auth => auth.Username is not null);
            RuleFor(auth => auth.Password).Obeys(NotNull);
            RuleFor(auth => auth.Password).SetValidator(new SecretKeyReferenceValidator()).When(auth => auth.Password is not null);
        }
    }
}
