using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Provisioning.Kubernetes;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>What runs a control plane: only what it was told about a database.</summary>
internal interface IRunningCluster
{
    /// <summary>What it is, for people.</summary>
    string KindName { get; }

    /// <summary>The Secret with the DSN; null: it was never told of a database.</summary>
    string? KineSecret();

    /// <summary>The Secret with the CA; null: it was never told of one.</summary>
    string? CertificateAuthoritySecret();

    /// <summary>
    /// Whether it may have run on the database behind that Secret. An object that asks for its database by annotation names the Secret from its
    /// creation on; that the database was ready says only the annotation that the controller writes then.
    /// </summary>
    bool MayHaveRun { get; }
}

/// <summary>Flux's <c>HelmRelease</c>.</summary>
internal sealed record HelmReleaseValues : Resource, IResource, IRunningCluster
{
    /// <inheritdoc/>
    public static ResourceType ResourceType => HelmRelease.ResourceType;

    /// <summary>The desired state; anything at all may stand in its values.</summary>
    public JsonNode? Spec { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public string KindName => ResourceType.Kind;

    /// <inheritdoc/>
    [JsonIgnore]
    public bool MayHaveRun => RunningClusters.MayHaveRun(Metadata, KineSecret());

    /// <inheritdoc/>
    public string? KineSecret() => Read()?.Kine;

    /// <inheritdoc/>
    public string? CertificateAuthoritySecret() => Read()?.Authority?.Name;

    private ControlPlaneSecrets? Read() =>
        ConsumerShape.OfRelease(Metadata.Annotations?.GetValueOrDefault(ConsumerAnnotations.Profile))?.Read(new JsonObject { ["spec"] = Spec?.DeepClone() });
}

/// <summary>k0smotron's <c>Cluster</c>.</summary>
internal sealed record K0smotronControlPlane(ObjectMeta Metadata, ControlPlaneSecrets? Secrets) : IRunningCluster
{
    /// <inheritdoc/>
    public string KindName => $"k0smotron {K0smotronCluster.ResourceType.Kind}";

    /// <inheritdoc/>
    public bool MayHaveRun => RunningClusters.MayHaveRun(Metadata, KineSecret());

    /// <inheritdoc/>
    public string? KineSecret() => Secrets?.Kine;

    /// <inheritdoc/>
    public string? CertificateAuthoritySecret() => Secrets?.Authority?.Name;
}
