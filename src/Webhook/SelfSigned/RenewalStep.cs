namespace Webhook.SelfSigned;

/// <summary>A step that brings what is stored to what it should be.</summary>
internal abstract record RenewalStep
{
    private RenewalStep()
    {
    }

    /// <summary>There is no authority that can sign: make one. What the API server trusted until now stays trusted for the overlap.</summary>
    public sealed record MakeAuthority : RenewalStep;

    /// <summary>Make the authority's successor, which is trusted from now on and signs later.</summary>
    public sealed record PrepareAuthority : RenewalStep;

    /// <summary>The successor signs from now on; its predecessor stays trusted, its key is forgotten.</summary>
    public sealed record PromoteAuthority : RenewalStep;

    /// <summary>Nobody serves anything of the former authorities any more.</summary>
    public sealed record ForgetFormer : RenewalStep;

    /// <summary>Make a leaf.</summary>
    public sealed record IssueLeaf : RenewalStep;
}
