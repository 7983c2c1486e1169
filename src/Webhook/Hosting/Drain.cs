namespace Webhook.Hosting;

/// <summary>Whether this process is on its way out. Set once, never taken back.</summary>
internal sealed class Drain
{
    private volatile bool hasBegun;

    /// <summary>Whether anybody calls this process: without callers there is nothing to wait for. Default: true.</summary>
    public bool HasCallers { get; init; } = true;

    /// <summary>True from the signal on.</summary>
    public bool HasBegun => hasBegun;

    /// <summary>From now on the process is not ready, and every answer closes its connection.</summary>
    public void Begin() => hasBegun = true;
}
