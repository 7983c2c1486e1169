using Provisioning.Kubernetes;

namespace Webhook.Authorization;

/// <summary>Asks the API server who we are (<c>authentication.k8s.io/v1</c>): created, answered and never stored.</summary>
internal sealed record SelfSubjectReview : Resource, IResource
{
    /// <inheritdoc/>
    public static ResourceType ResourceType { get; } = new("authentication.k8s.io", "v1", "selfsubjectreviews", "SelfSubjectReview");

    /// <summary>The answer; null in the question.</summary>
    public SelfSubjectReviewStatus? Status { get; init; }
}

/// <summary>The answer.</summary>
internal sealed record SelfSubjectReviewStatus
{
    /// <summary>Who we are.</summary>
    public SelfUserInfo? UserInfo { get; init; }
}

/// <summary>The field of <c>UserInfo</c> that we read.</summary>
internal sealed record SelfUserInfo
{
    /// <summary>Such as <c>system:serviceaccount:kcm-system:k0rdent-datasource</c>.</summary>
    public string? Username { get; init; }
}
