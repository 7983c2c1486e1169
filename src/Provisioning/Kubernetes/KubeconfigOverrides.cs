namespace Provisioning.Kubernetes;

/// <summary>What a person chose on a command line instead of what the kubeconfig says, as kubectl's options of the same names do.</summary>
public sealed record KubeconfigOverrides
{
    /// <summary>The entry of <c>clusters</c>. Null or empty (the default): the one that the context names.</summary>
    public string? Cluster { get; init; }

    /// <summary>The entry of <c>users</c>. Null or empty (the default): the one that the context names.</summary>
    public string? User { get; init; }

    /// <summary>Who to act as. Null or empty (the default): as the kubeconfig's <c>as</c> says.</summary>
    public string? As { get; init; }

    /// <summary>The uid to act as. Null or empty (the default): as the kubeconfig's <c>as-uid</c> says.</summary>
    public string? AsUid { get; init; }

    /// <summary>The groups to act with. Empty (the default): as the kubeconfig's <c>as-groups</c> say.</summary>
    public IReadOnlyList<string> AsGroups { get; init; } = [];

    /// <summary>
    /// Whether <c>insecure-skip-tls-verify</c> of the kubeconfig is obeyed, as kubectl does. Default: false, it is refused: a server that reads Secrets
    /// must know whom it asks.
    /// </summary>
    public bool ObeysSkippedVerification { get; init; }
}
