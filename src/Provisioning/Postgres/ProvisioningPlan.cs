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
    public sealed record Refuse(string Reason, string Message) : ProvisioningPlan
    {
        /// <summary>What names other owners: for our log only, never for a status or an Event.</summary>
        public IReadOnlyList<ForeignMark> ForeignMarks { get; init; } = [];
    }
}

/// <summary>A database or role that is marked for somebody else.</summary>
/// <param name="Kind"><c>database</c> or <c>role</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="Text">Its mark.</param>
internal sealed record ForeignMark(string Kind, PostgresIdentifier Name, string Text);
