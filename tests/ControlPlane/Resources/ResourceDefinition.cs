using ControlPlane.Schema;

namespace ControlPlane.Resources;

/// <summary>A resource that the API serves in one version.</summary>
internal sealed record ResourceDefinition
{
    /// <summary>Verbs of a resource that is stored.</summary>
    public static readonly IReadOnlyList<string> AllVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

    /// <summary>API group; empty for the core group.</summary>
    public required string Group { get; init; }

    /// <summary>API version, such as <c>v1beta1</c>.</summary>
    public required string Version { get; init; }

    /// <summary>The path segment.</summary>
    public required string Plural { get; init; }

    /// <summary>The kind of one object.</summary>
    public required string Kind { get; init; }

    /// <summary>Singular name for kubectl.</summary>
    public required string Singular { get; init; }

    /// <summary>Kind of a list.</summary>
    public string ListKind { get; init; } = "";

    /// <summary>What kubectl accepts instead of the plural.</summary>
    public IReadOnlyList<string> ShortNames { get; init; } = [];

    /// <summary>Such as <c>all</c>.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>False for cluster-scoped resources.</summary>
    public required bool IsNamespaced { get; init; }

    /// <summary>Only <c>create</c> for reviews, which are answered and not stored.</summary>
    public IReadOnlyList<string> Verbs { get; init; } = AllVerbs;

    /// <summary>Such as <c>status</c>.</summary>
    public IReadOnlyList<string> Subresources { get; init; } = [];

    /// <summary>What objects look like, with metadata.</summary>
    public required ObjectSchema Schema { get; init; }

    /// <summary>Columns of <c>kubectl get</c> after the name; null for the age only.</summary>
    public IReadOnlyList<PrinterColumn>? Columns { get; init; }

    /// <summary>True for what a CustomResourceDefinition defines.</summary>
    public bool IsCustom { get; init; }

    /// <summary>True when the kind counts changes of its spec.</summary>
    public bool HasGeneration { get; init; }

    /// <summary><c>group/version</c>, or only the version in the core group.</summary>
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary><c>group/plural</c>: where objects of all versions are stored.</summary>
    public string StorageName => $"{Group}/{Plural}";

    /// <summary>True when the status is written through its own path only.</summary>
    public bool HasStatus => Subresources.Contains("status", StringComparer.Ordinal);
}

/// <summary>A column of <c>kubectl get</c>.</summary>
/// <param name="Name">The header.</param>
/// <param name="Type">string, integer, number, boolean or date.</param>
/// <param name="JsonPath">Where the value is, such as <c>.spec.dataSource</c>.</param>
/// <param name="Priority">0 is always shown, more only with <c>-o wide</c>.</param>
/// <param name="Description">For readers.</param>
/// <param name="Format">OpenAPI format.</param>
internal sealed record PrinterColumn(string Name, string Type, string JsonPath, int Priority, string Description, string Format);
