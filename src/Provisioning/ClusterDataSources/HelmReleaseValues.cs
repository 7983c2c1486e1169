using System.Text.Json;
using Provisioning.Kubernetes;

namespace Provisioning.ClusterDataSources;

/// <summary>Flux's <c>HelmRelease</c>: only what its cluster was told about a database.</summary>
internal sealed record HelmReleaseValues : Resource, IResource
{
    /// <inheritdoc/>
    public static ResourceType ResourceType { get; } = new("helm.toolkit.fluxcd.io", "v2", "helmreleases", "HelmRelease");

    /// <summary>The desired state; anything at all may stand in its values.</summary>
    public JsonElement? Spec { get; init; }

    /// <summary><c>spec.values.dataSource.kineDataSourceSecretName</c>; null: the cluster was never told of a database.</summary>
    public string? KineSecret() =>
        Spec is { } spec
        && Property(spec, "values") is { } values
        && Property(values, "dataSource") is { } dataSource
        && Property(dataSource, "kineDataSourceSecretName") is { ValueKind: JsonValueKind.String } name
        && name.GetString() is { Length: > 0 } secret
            ? secret
            : null;

    /// <summary><c>spec.values.dataSource.caSecret.name</c>; null: the cluster was never told of a CA.</summary>
    public string? CertificateAuthoritySecret() =>
        Spec is { } spec
        && Property(spec, "values") is { } values
        && Property(values, "dataSource") is { } dataSource
        && Property(dataSource, "caSecret") is { } reference
        && Property(reference, "name") is { ValueKind: JsonValueKind.String } name
            ? name.GetString()
            : null;

    private static JsonElement? Property(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) ? value : null;
}
