namespace Bench.Provisioning;

/// <summary>The arguments of <c>bench/restart.sh</c>.</summary>
internal sealed class RestartSettings : ControllerSettings
{
    /// <summary>How many ready ClusterDataSources. Default: 10,000.</summary>
    public int Count { get; init; } = 10_000;

    /// <summary>How many of them have a database that the controller made; the others are rows of the servers' catalogues. Default: 200.</summary>
    public int Real { get; init; } = 200;

    /// <summary>How many PostgreSQL servers, with a DataSource each. Default: 3.</summary>
    public int Servers { get; init; } = 3;

    /// <summary>How long each look at a process that has nothing to do takes. Default: 60.</summary>
    public int Seconds { get; init; } = 60;
}
