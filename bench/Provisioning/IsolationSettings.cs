namespace Bench.Provisioning;

/// <summary>The arguments of <c>bench/isolation.sh</c>.</summary>
internal sealed class IsolationSettings : ControllerSettings
{
    /// <summary>How many ClusterDataSources on healthy servers in each run, and on the slow one beside them. Default: 60.</summary>
    public int Count { get; init; } = 60;

    /// <summary>Milliseconds from the creation of one on a healthy server to that of the next. Default: 400, so that none waits for another of them.</summary>
    public int Pace { get; init; } = 400;

    /// <summary>Milliseconds by which everything that the slow server says comes late. Default: 300, which makes some ten seconds for a database.</summary>
    public int Delay { get; init; } = 300;

    /// <summary>Rounds, one run without and one with the slow server per round. Default: 5.</summary>
    public int Rounds { get; init; } = 5;
}
