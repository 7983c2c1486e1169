using System.Text.Json.Serialization;

namespace Provisioning.Kubernetes;

/// <summary>
/// A kind that the client can read and create. Implementations declare only the fields that we use: objects of other
/// people are changed by patches, never by writing a record back, so that fields we do not know survive.
/// </summary>
public interface IResource
{
    /// <summary>Where the API serves this kind.</summary>
    [JsonIgnore]
    static abstract ResourceType ResourceType { get; }

    /// <summary>The standard object metadata.</summary>
    ObjectMeta Metadata { get; }
}

/// <summary>What all kinds share on the wire.</summary>
public abstract record Resource
{
    /// <summary><c>group/version</c>. Required in bodies that are sent; lists leave it out of their items.</summary>
    public string? ApiVersion { get; init; }

    /// <summary>The kind. Required in bodies that are sent; lists leave it out of their items.</summary>
    public string? Kind { get; init; }

    /// <summary>The standard object metadata.</summary>
    public ObjectMeta Metadata { get; init; } = new();

    /// <summary>The object's key.</summary>
    [JsonIgnore]
    public NamespacedName Key => new(Metadata.Namespace ?? "", Metadata.Name ?? "");
}
