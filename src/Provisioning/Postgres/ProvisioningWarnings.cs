using System.Globalization;

namespace Provisioning.Postgres;

/// <summary>What works now and may not for long. Pure.</summary>
internal static class ProvisioningWarnings
{
    /// <summary>A pooler in session mode: kine keeps its connections open, and waits where the pool has fewer than it asks for.</summary>
    public const string Pooled =
        "a connection pooler in session mode stands before the server: its pool must hold as many connections as each cluster's role may have, and know every role; the server itself is better";

    /// <summary>The outcome of what was done through a pooler in session mode.</summary>
    public static ProvisioningOutcome BehindPooler(ProvisioningOutcome outcome) => outcome switch
    {
        ProvisioningOutcome.Ready ready => ready with { Warnings = [.. ready.Warnings, Pooled] },
        ProvisioningOutcome.Refused { Reason: PostgresReasons.RoleLoginRefused } refused => refused with
        {
            Message = $"{refused.Message}; the connection pooler before the server must know the role too, best by asking the server (auth_query)",
        },
        _ => outcome,
    };

    /// <summary>One sentence each; none when all is well.</summary>
    public static IReadOnlyList<string> Find(KineDatabase wanted, Observation observed)
    {
        var warnings = new List<string>();
        var promised = observed.Capacity.Promised + wanted.ConnectionLimit;
        if (promised > observed.Capacity.Available)
        {
            warnings.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"the connection limits of all roles add up to {promised}, and the server has {observed.Capacity.Available} connections: raise max_connections, or lower the limits"));
        }

        if (observed.Capacity.AwaitsStandby)
        {
            // Our own sessions do not wait; the control planes' do.
            warnings.Add("synchronous_standby_names is set and no standby is connected, so every write of a control plane hangs: connect the standby, or empty that setting");
        }

        return warnings;
    }
}
