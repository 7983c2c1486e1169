using System.Text.Json.Serialization;

namespace Provisioning.Kubernetes;

/// <summary>The fields of <c>meta/v1 ObjectMeta</c> that we read or send.</summary>
public sealed record ObjectMeta
{
    /// <summary>Null on a create with <see cref="GenerateName"/>.</summary>
    public string? Name { get; init; }

    /// <summary>A prefix that the API server completes when <see cref="Name"/> is null.</summary>
    public string? GenerateName { get; init; }

    /// <summary>Null for cluster-scoped objects.</summary>
    public string? Namespace { get; init; }

    /// <summary>Unique over time; null before the object is stored.</summary>
    public string? Uid { get; init; }

    /// <summary>Opaque version of the stored object.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>Counts changes of the spec.</summary>
    public long Generation { get; init; }

    /// <summary>When the object was stored.</summary>
    public DateTimeOffset? CreationTimestamp { get; init; }

    /// <summary>When deletion was requested; null while nobody has.</summary>
    public DateTimeOffset? DeletionTimestamp { get; init; }

    /// <summary>Null means none.</summary>
    [JsonConverter(typeof(TextMapConverter))]
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>Null means none.</summary>
    [JsonConverter(typeof(TextMapConverter))]
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    /// <summary>Null means none.</summary>
    public IReadOnlyList<string>? Finalizers { get; init; }

    /// <summary>Null means none.</summary>
    public IReadOnlyList<OwnerReference>? OwnerReferences { get; init; }

    /// <summary>True once deletion was requested.</summary>
    [JsonIgnore]
    public bool IsBeingDeleted => DeletionTimestamp is not null;
}

/// <summary>The fields of <c>meta/v1 OwnerReference</c>.</summary>
public sealed record OwnerReference
{
    /// <summary><c>group/version</c> of the owner.</summary>
    public string ApiVersion { get; init; } = "";

    /// <summary>Kind of the owner.</summary>
    public string Kind { get; init; } = "";

    /// <summary>Name of the owner, in the same namespace.</summary>
    public string Name { get; init; } = "";

    /// <summary>Uid of the owner: a recreated object of the same name is another owner.</summary>
    public string Uid { get; init; } = "";

    /// <summary>True on at most one reference; null means false.</summary>
    public bool? Controller { get; init; }

    /// <summary>Whether foreground deletion of the owner waits for this object; null means false.</summary>
    public bool? BlockOwnerDeletion { get; init; }

    /// <summary>Of an object that exists for another one, which has a name and a uid: its controller, whose foreground deletion waits for it.</summary>
    internal static OwnerReference ToController<T>(T controller)
        where T : IResource => new()
        {
            ApiVersion = T.ResourceType.ApiVersion,
            Kind = T.ResourceType.Kind,
            Name = controller.Metadata.Name!,
            Uid = controller.Metadata.Uid!,
            Controller = true,
            BlockOwnerDeletion = true,
        };
}
