namespace Bench.Provisioning;

/// <summary>The arguments of <c>bench/provisioning.sh</c>.</summary>
internal sealed class ProvisioningSettings : ControllerSettings
{
    /// <summary>How many ClusterDataSources at once. Default: 200.</summary>
    public int Count { get; init; } = 200;

    /// <summary>How many databases are worked on at a time, and psql scripts run at a time. Default: 4.</summary>
    public int Workers { get; init; } = 4;

    /// <summary>Rounds, one run of each side per round. Default: 3.</summary>
    public int Rounds { get; init; } = 3;
}
