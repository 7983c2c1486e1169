using Provisioning.Kubernetes;

namespace Provisioning.Inspection;

/// <summary>
/// What a person asks of a cluster's database. Each request is a preview, which changes nothing, the request itself, one change of one object, and its progress, which
/// the controllers make. All with the rights of whoever asks.
/// </summary>
public interface IClusterRequests
{
    /// <summary>Whether a new password can be asked for.</summary>
    Task<RequestPreview> PreviewRotationAsync(NamespacedName cluster, CancellationToken cancellationToken);

    /// <summary>Asks for a new password: sets the annotation.</summary>
    Task RequestRotationAsync(NamespacedName cluster, string value, CancellationToken cancellationToken);

    /// <summary>Whether a move to the server of another DataSource can work: the controller's own rules, and its plan for that server.</summary>
    Task<RequestPreview> PreviewMoveAsync(NamespacedName cluster, string dataSource, CancellationToken cancellationToken);

    /// <summary>Asks for the move, where the cluster is told of its DataSource: on what controls its ClusterDataSource, else there.</summary>
    Task RequestMoveAsync(NamespacedName cluster, string dataSource, CancellationToken cancellationToken);

    /// <summary>Whether there is a deletion that waits, and what its end costs.</summary>
    Task<RequestPreview> PreviewReleaseAsync(NamespacedName cluster, CancellationToken cancellationToken);

    /// <summary>Asks to let go of a ClusterDataSource whose deletion waits: sets the annotation.</summary>
    Task RequestReleaseAsync(NamespacedName cluster, CancellationToken cancellationToken);

    /// <summary>How far a rotation is, or a move.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="formerSecret">For a rotation: the Secret that the status named before. Null: the name may stay.</param>
    /// <param name="dataSource">For a move: the DataSource. Null: the one that it has.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<RequestProgress> FollowAsync(NamespacedName cluster, string? formerSecret, string? dataSource, CancellationToken cancellationToken);

    /// <summary>How far a release is.</summary>
    Task<RequestProgress> FollowReleaseAsync(NamespacedName cluster, CancellationToken cancellationToken);
}

/// <summary>What was found before a request.</summary>
public sealed record RequestPreview
{
    /// <summary>Why it cannot be done; null: nothing stands in the way that could be seen.</summary>
    public string? Refusal { get; init; }

    /// <summary>What will happen, and what could not be checked; one line each.</summary>
    public IReadOnlyList<string> Lines { get; init; } = [];

    /// <summary>The Secret that control planes use now; null: none.</summary>
    public string? CurrentSecret { get; init; }

    internal static RequestPreview Refuse(string refusal) => new() { Refusal = refusal };
}

/// <summary>How far a request is.</summary>
/// <param name="Done">What is done, in order; grows.</param>
/// <param name="WaitsFor">What is waited for; null: all is done.</param>
public sealed record RequestProgress(IReadOnlyList<string> Done, string? WaitsFor);
