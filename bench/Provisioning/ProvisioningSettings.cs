namespace Bench.Provisioning;

/// <summary>The arguments of <c>bench/provisioning.sh</c>.</summary>
internal sealed class ProvisioningSettings
{
    /// <summary>The folder with the published webhook.</summary>
    public required string Webhook { get; init; }

    /// <summary>The folder with the manifests of the repository's kinds and of its neighbours'.</summary>
    public required string Repository { get; init; }

    /// <summary>A folder for certificates and logs, with <c>tls.crt</c> and <c>tls.key</c>.</summary>
    public required string Work { get; init; }

    /// <summary>Where the results go for machines. Empty (the default): nowhere.</summary>
    public string Output { get; init; } = "";

    /// <summary>How many ClusterDataSources at once. Default: 200.</summary>
    public int Count { get; init; } = 200;

    /// <summary>How many databases are worked on at a time, and psql scripts run at a time. Default: 4.</summary>
    public int Workers { get; init; } = 4;

    /// <summary>Rounds, one run of each side per round. Default: 3.</summary>
    public int Rounds { get; init; } = 3;
}
