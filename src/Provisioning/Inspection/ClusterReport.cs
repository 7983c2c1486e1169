namespace Provisioning.Inspection;

/// <summary>How one part of a cluster's chain is.</summary>
public enum LinkState
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>Works, or is being worked on.</summary>
    Warning,

    /// <summary>A person must act.</summary>
    Broken,

    /// <summary>There is none, and that is no mistake.</summary>
    Absent,

    /// <summary>Whoever asks may not know.</summary>
    Unknown,
}

/// <summary>One part of a cluster's chain. Holds no credential.</summary>
/// <param name="Kind">A Kubernetes kind, or <c>PostgreSQL</c>.</param>
/// <param name="Name">The object's name, or the server's endpoint.</param>
/// <param name="State">How it is.</param>
/// <param name="Text">One line for people.</param>
public sealed record ReportLink(string Kind, string Name, LinkState State, string Text);

/// <summary>A cluster's database in figures. Null: not known, or there is none.</summary>
public sealed record DatabaseFigures
{
    /// <summary>The primary, as <c>host:port</c>.</summary>
    public required string Endpoint { get; init; }

    /// <summary>The server's version, such as 15.14.</summary>
    public required string Version { get; init; }

    /// <summary>The database's name.</summary>
    public required string Database { get; init; }

    /// <summary>Its size on disk, in bytes.</summary>
    public long? Bytes { get; init; }

    /// <summary>Open sessions of the cluster.</summary>
    public int Connections { get; init; }

    /// <summary>How many of them the cluster may have.</summary>
    public int? ConnectionLimit { get; init; }

    /// <summary>kine's highest revision.</summary>
    public long? LastRevision { get; init; }

    /// <summary>Why <see cref="LastRevision"/> is not known; null: it is.</summary>
    public string? LastRevisionUnknown { get; init; }
}

/// <summary>The chain of one cluster: ClusterDeployment, ClusterDataSource, DataSource, Secrets, server, HelmRelease.</summary>
public sealed record ClusterReport
{
    /// <summary>Its namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>Its name.</summary>
    public required string Cluster { get; init; }

    /// <summary>The parts, in this order.</summary>
    public required IReadOnlyList<ReportLink> Links { get; init; }

    /// <summary>The database; null: the server could not be asked.</summary>
    public DatabaseFigures? Database { get; init; }

    /// <summary>Nothing that could be seen is broken or unfinished.</summary>
    public bool IsHealthy => !Links.Any(link => link.State is LinkState.Broken or LinkState.Warning);

    /// <summary>Everything could be seen.</summary>
    public bool IsComplete => !Links.Any(link => link.State == LinkState.Unknown);
}
