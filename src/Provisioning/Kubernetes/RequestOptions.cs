namespace Provisioning.Kubernetes;

/// <summary>Options of get.</summary>
public sealed record GetOptions
{
    /// <summary>The object as it is stored now.</summary>
    public static GetOptions MostRecent { get; } = new();

    /// <summary>The object as the API server remembers it (<c>resourceVersion=0</c>, Kubernetes API concepts, "Semantics for get and list": Any).</summary>
    public static GetOptions Remembered { get; } = new() { AnyVersion = true };

    /// <summary>
    /// True lets the API server answer from its watch cache, without asking etcd: at half the cost, and with what may be older than now, even older than
    /// what was read before. For who only looks, never for who decides what to write. Default: false.
    /// </summary>
    public bool AnyVersion { get; init; }
}

/// <summary>What one page of a list asks for.</summary>
public sealed record ListOptions
{
    /// <summary>Null lists all namespaces.</summary>
    public string? Namespace { get; init; }

    /// <summary>Objects in a page. Null leaves the size to the API server.</summary>
    public int? Limit { get; init; }

    /// <summary>The token of the page before; null for the first page.</summary>
    public string? Continue { get; init; }

    /// <summary>A label selector; null selects all.</summary>
    public string? LabelSelector { get; init; }
}

/// <summary>What a watch asks for. Bookmarks are always requested.</summary>
public sealed record WatchOptions
{
    /// <summary>Null watches all namespaces.</summary>
    public string? Namespace { get; init; }

    /// <summary>Changes after this version are sent. Required: a watch without it starts with undated synthetic events.</summary>
    public required string ResourceVersion { get; init; }

    /// <summary>A label selector; null selects all.</summary>
    public string? LabelSelector { get; init; }

    /// <summary>When the API server shall end the watch; null leaves it to the server.</summary>
    public TimeSpan? Timeout { get; init; }
}

/// <summary>Options of create and patch.</summary>
public sealed record WriteOptions
{
    /// <summary>No dry run, the default field manager.</summary>
    public static WriteOptions Default { get; } = new();

    /// <summary>True runs admission and validation and stores nothing. Default: false.</summary>
    public bool DryRun { get; init; }

    /// <summary>The name that <c>managedFields</c> shows. Default: <c>k0rdent-datasource-controller</c>.</summary>
    public string FieldManager { get; init; } = "k0rdent-datasource-controller";
}

/// <summary>Options of delete. With a precondition that does not hold the API answers 409.</summary>
public sealed record DeleteOptions
{
    /// <summary>No precondition.</summary>
    public static DeleteOptions Default { get; } = new();

    /// <summary>Delete only the object with this uid; null: any.</summary>
    public string? Uid { get; init; }

    /// <summary>Delete only this stored version; null: any.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary><c>Background</c>, <c>Foreground</c> or <c>Orphan</c>; null leaves it to the API server.</summary>
    public string? PropagationPolicy { get; init; }
}

/// <summary>One page of a list.</summary>
/// <param name="Items">The objects, with <c>apiVersion</c> and <c>kind</c> left out by the API server.</param>
/// <param name="ResourceVersion">The version to start a watch from, once the last page is read.</param>
/// <param name="Continue">The token of the next page; null after the last.</param>
public sealed record ResourcePage<T>(IReadOnlyList<T> Items, string ResourceVersion, string? Continue)
    where T : IResource;
