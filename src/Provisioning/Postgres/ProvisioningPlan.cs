namespace Provisioning.Postgres;

/// <summary>What is to be done about the difference between what is wanted and what is there.</summary>
internal abstract record ProvisioningPlan
{
    private ProvisioningPlan()
    {
    }

    /// <summary>Take these steps in this order; none when nothing differs.</summary>
    public sealed record Apply(IReadOnlyList<ProvisioningStep> Steps) : ProvisioningPlan;

    /// <summary>Touch nothing: a person must act.</summary>
    public sealed record Refuse(string Reason, string Message) : ProvisioningPlan;
}
