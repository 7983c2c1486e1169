using Provisioning.Kubernetes;

namespace Webhook.Authorization;

/// <summary>Asks the API server what another user may do (<c>authorization.k8s.io/v1</c>): created, answered and never stored.</summary>
internal sealed record SubjectAccessReview : Resource, IResource
{
    /// <inheritdoc/>
    public static ResourceType ResourceType { get; } = new("authorization.k8s.io", "v1", "subjectaccessreviews", "SubjectAccessReview");

    /// <summary>The question.</summary>
    public SubjectAccessReviewSpec? Spec { get; init; }

    /// <summary>The answer; null in the question.</summary>
    public SubjectAccessReviewStatus? Status { get; init; }
}

/// <summary>Who wants to do what.</summary>
internal sealed record SubjectAccessReviewSpec
{
    /// <summary>What is to be done.</summary>
    public required ResourceAttributes ResourceAttributes { get; init; }

    /// <summary>The user's name.</summary>
    public required string User { get; init; }

    /// <summary>Null when there is none.</summary>
    public string? Uid { get; init; }

    /// <summary>The user's groups.</summary>
    public required IReadOnlyList<string> Groups { get; init; }

    /// <summary>What else the authenticator knows; null when that is nothing.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Extra { get; init; }
}

/// <summary>An action on one object.</summary>
internal sealed record ResourceAttributes
{
    /// <summary>The object's namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>Such as <c>get</c>.</summary>
    public required string Verb { get; init; }

    /// <summary>The API version; any when null.</summary>
    public string? Version { get; init; }

    /// <summary>The plural name, here of the core group.</summary>
    public required string Resource { get; init; }

    /// <summary>The object's name. Never empty here: that would ask about all objects.</summary>
    public required string Name { get; init; }
}

/// <summary>The answer.</summary>
internal sealed record SubjectAccessReviewStatus
{
    /// <summary>The only thing that grants: neither a missing answer nor an evaluation error does.</summary>
    public bool Allowed { get; init; }
}
