using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Provisioning.Kubernetes;

namespace Provisioning.Resources;

/// <summary>An object that may keep its state on a DataSource by annotation, with its spec.</summary>
public interface IConsumer : IResource
{
    /// <summary>Where it is told its Secrets; null: its profile is unknown.</summary>
    ConsumerShape? Shape { get; }

    /// <summary>The Secrets that it names; null: none.</summary>
    ControlPlaneSecrets? Secrets { get; }
}

/// <summary>Flux's <c>HelmRelease</c> without its spec: all that is kept of the many that are nobody's.</summary>
public sealed record HelmRelease : Resource, IResource
{
    /// <inheritdoc/>
    public static ResourceType ResourceType { get; } = new("helm.toolkit.fluxcd.io", "v2", "helmreleases", "HelmRelease");
}

/// <summary>Flux's <c>HelmRelease</c>.</summary>
public sealed record HelmReleaseConsumer : Resource, IConsumer
{
    /// <inheritdoc/>
    public static ResourceType ResourceType => HelmRelease.ResourceType;

    /// <summary>The desired state, as it stands there.</summary>
    public JsonObject? Spec { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public ConsumerShape? Shape => ConsumerShape.OfRelease(Metadata.Annotations?.GetValueOrDefault(ConsumerAnnotations.Profile));

    /// <inheritdoc/>
    [JsonIgnore]
    public ControlPlaneSecrets? Secrets => Shape?.Read(new JsonObject { ["spec"] = Spec?.DeepClone() });
}

/// <summary>k0smotron's <c>Cluster</c> without its spec, in the version that newer releases store.</summary>
public sealed record K0smotronCluster : Resource, IResource
{
    /// <inheritdoc/>
    public static ResourceType ResourceType { get; } = new("k0smotron.io", "v1beta2", "clusters", "Cluster");
}

/// <summary>k0smotron's <c>Cluster</c>.</summary>
public sealed record K0smotronClusterConsumer : Resource, IConsumer
{
    /// <inheritdoc/>
    public static ResourceType ResourceType => K0smotronCluster.ResourceType;

    /// <summary>The desired state, as it stands there.</summary>
    public JsonObject? Spec { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public ConsumerShape? Shape => ConsumerShape.OfCluster(ResourceType.Version);

    /// <inheritdoc/>
    [JsonIgnore]
    public ControlPlaneSecrets? Secrets => Shape?.Read(new JsonObject { ["spec"] = Spec?.DeepClone() });
}

/// <summary>k0smotron's <c>Cluster</c> without its spec, in the version that releases before 2.0 know.</summary>
public sealed record K0smotronClusterV1Beta1 : Resource, IResource
{
    /// <inheritdoc/>
    public static ResourceType ResourceType { get; } = K0smotronCluster.ResourceType with { Version = "v1beta1" };
}

/// <summary>k0smotron's <c>Cluster</c> in that version.</summary>
public sealed record K0smotronClusterV1Beta1Consumer : Resource, IConsumer
{
    /// <inheritdoc/>
    public static ResourceType ResourceType => K0smotronClusterV1Beta1.ResourceType;

    /// <summary>The desired state, as it stands there.</summary>
    public JsonObject? Spec { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public ConsumerShape? Shape => ConsumerShape.OfCluster(ResourceType.Version);

    /// <inheritdoc/>
    [JsonIgnore]
    public ControlPlaneSecrets? Secrets => Shape?.Read(new JsonObject { ["spec"] = Spec?.DeepClone() });
}
