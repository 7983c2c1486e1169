using System.Text;
using System.Text.RegularExpressions;
using FluentValidation;

namespace Provisioning.Resources;

/// <summary>
/// The rules of a ClusterDataSource by itself. The schema must begin with the owner's namespace and name, else a tenant could name the
/// database of another; beyond that all that kcm writes, today and in earlier forms, is taken.
/// </summary>
internal sealed partial class ClusterDataSourceValidator : AbstractValidator<ClusterDataSource>
{
    /// <summary>The longest that kcm can write: a namespace of 63, a name of 253, the separators and the random end, and room.</summary>
    public const int MaxSchemaBytes = 512;

    public ClusterDataSourceValidator()
    {
        RuleFor(resource => resource.Spec).Obeys("spec", CheckSpec);
        RuleFor(resource => resource.Spec!.DataSource)
            .Obeys("spec.dataSource", (path, value, violations) => SecretKeyReferenceRules.CheckPart(path, "", value, KubernetesNames.CheckSubdomain, violations))
            .When(resource => resource.Spec is not null);
        RuleFor(resource => resource)
            .Obeys("spec.schema", (path, resource, violations) => CheckSchema(path, resource.Spec!.Schema, resource, violations))
            .When(resource => resource.Spec is not null);
    }

    private static void CheckSpec(string path, ClusterDataSourceSpec? spec, List<FieldViolation> violations)
    {
        if (spec is null)
        {
            violations.Add(FieldViolation.Required(path));
        }
    }

    private static void CheckSchema(string path, string? schema, ClusterDataSource owner, List<FieldViolation> violations)
    {
        if (string.IsNullOrEmpty(schema))
        {
            violations.Add(FieldViolation.Required(path));
            return;
        }

        if (Encoding.UTF8.GetByteCount(schema) > MaxSchemaBytes)
        {
            violations.Add(FieldViolation.TooLong(path, MaxSchemaBytes));
            return;
        }

        if (!Characters().IsMatch(schema))
        {
            violations.Add(FieldViolation.Invalid(path, schema, Rejections.SchemaCharacters));
        }

        var prefix = Prefix(owner);
        var hasPrefix = BeginsWith(DatabaseNames.Normalise(schema), prefix);
        if (DatabaseNames.IsReserved(schema) && !hasPrefix)
        {
            violations.Add(FieldViolation.Invalid(path, schema, Rejections.SchemaReserved));
        }

        if (!hasPrefix)
        {
            violations.Add(FieldViolation.Invalid(path, schema, FieldViolation.Detail(Rejections.SchemaPrefix, prefix)));
        }
    }

    // With generateName the name may not be known yet.
    private static string Prefix(ClusterDataSource owner) =>
        $"{DatabaseNames.Normalise(owner.Metadata.Namespace ?? "")}_{DatabaseNames.Normalise(owner.Metadata.Name ?? owner.Metadata.GenerateName ?? "").TrimEnd('_')}";

    // Up to a separator, so that cluster "a" cannot take what begins with cluster "ab". Earlier documents put "kine_" in front.
    private static bool BeginsWith(string schema, string prefix) =>
        $"{schema}_".StartsWith($"{prefix}_", StringComparison.Ordinal) || $"{schema}_".StartsWith($"kine_{prefix}_", StringComparison.Ordinal);

    [GeneratedRegex(@"\A[a-z0-9_.-]+\z", RegexOptions.NonBacktracking)]
    private static partial Regex Characters();
}
