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

/// <summary>What each <see cref="IConsumer"/> consists of.</summary>
public abstract record Consumer : Resource
{
    /// <summary>The desired state, as it stands there.</summary>
    public JsonObject? Spec { get; init; }

    /// <summary>See <see cref="IConsumer.Shape"/>.</summary>
    [JsonIgnore]
    public abstract ConsumerShape? Shape { get; }

    /// <summary>See <see cref="IConsumer.Secrets"/>.</summary>
    [JsonIgnore]
    public ControlPlaneSecrets? Secrets => Shape?.Read(new JsonObject { ["spec"] = Spec?.DeepClone() });
}

/// <summary>Flux's <c>HelmRelease</c> without its spec: all that is kept of the many that are nobody's.</summary>
public sealed record HelmRelease : Resource, IResource
{
    /// <inheritdoc/>
    public static ResourceType ResourceType { get; } = new("helm.toolkit.fluxcd.io", "v2", "helmreleases", "HelmRelease");
}

/// <summary>Flux's <c>HelmRelease</c>.</summary>
public sealed record HelmReleaseConsumer : Consumer, IConsumer
{
    /// <inheritdoc/>
    public static ResourceType ResourceType => HelmRelease.ResourceType;

    /// <inheritdoc/>
    [JsonIgnore]
    public override ConsumerShape? Shape => ConsumerShape.OfRelease(Metadata.Annotations?.GetValueOrDefault(ConsumerAnnotations.Profile));
}

/// <summary>k0smotron's <c>Cluster</c> without its spec, in the version that newer releases store.</summary>
public sealed record K0smotronCluster : Resource, IResource
{
    /// <inheritdoc/>
    public static ResourceType ResourceType { get; } = new("k0smotron.io", "v1beta2", "clusters", "Cluster");
}

/// <summary>k0smotron's <c>Cluster</c>.</summary>
public sealed record K0smotronClusterConsumer : Consumer, IConsumer
{
    /// <inheritdoc/>
    public static ResourceType ResourceType => K0smotronCluster.ResourceType;

    /// <inheritdoc/>
    [JsonIgnore]
    public override ConsumerShape? Shape => ConsumerShape.OfCluster(ResourceType.Version);
}

/// <summary>k0smotron's <c>Cluster</c> without its spec, in the version that releases before 2.0 know.</summary>
public sealed record K0smotronClusterV1Beta1 : Resource, IResource
{
    /// <inheritdoc/>
    public static ResourceType ResourceType { get; } = K0smotronCluster.ResourceType with { Version = "v1beta1" };
}

/// <summary>k0smotron's <c>Cluster</c> in that version.</summary>
public sealed record K0smotronClusterV1Beta1Consumer : Consumer, IConsumer
{
    /// <inheritdoc/>
    public static ResourceType ResourceType => K0smotronClusterV1Beta1.ResourceType;

    /// <inheritdoc/>
    [JsonIgnore]
    public override ConsumerShape? Shape => ConsumerShape.OfCluster(ResourceType.Version);
}
