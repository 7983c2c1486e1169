using FluentValidation;

namespace Provisioning.Resources;

/// <summary>The one field of a ClusterDeployment that is ours.</summary>
internal sealed class ClusterDeploymentValidator : AbstractValidator<ClusterDeployment>
{
    public ClusterDeploymentValidator()
    {
        RuleFor(resource => resource.Spec!.DataSource)
            .Obeys("spec.dataSource", (path, value, violations) => SecretKeyReferenceRules.CheckPart(path, "", value, KubernetesNames.CheckSubdomain, violations))
            .When(resource => !string.IsNullOrEmpty(resource.Spec?.DataSource));
    }
}
