using System.Globalization;

namespace Provisioning.Postgres;

/// <summary>What works now and may not for long. Pure.</summary>
internal static class ProvisioningWarnings
{
    /// <summary>One sentence each; none when all is well.</summary>
    public static IReadOnlyList<string> Find(KineDatabase wanted, Observation observed)
    {
        var promised = observed.Capacity.Promised + wanted.ConnectionLimit;
        return promised <= observed.Capacity.Available
            ? []
            :
            [
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"the connection limits of all roles add up to {promised}, and the server has {observed.Capacity.Available} connections: raise max_connections, or lower the limits"),
            ];
    }
}
