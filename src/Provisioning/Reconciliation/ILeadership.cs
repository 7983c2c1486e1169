namespace Provisioning.Reconciliation;

/// <summary>Whether this process may change the world. Safe for concurrent use.</summary>
public interface ILeadership
{
    /// <summary>True while this process leads.</summary>
    bool IsLeader { get; }

    /// <summary>How many terms of this process have begun, this one included. What was known in another one may have been changed by another leader since.</summary>
    long Term { get; }

    /// <summary>
    /// Runs the work each time this process becomes leader, until <paramref name="stoppingToken"/> ends it. The work's token is cancelled
    /// when leadership is lost: the work has to stop within 5 s then, and runs again after the next election. Leadership is handed over only
    /// when the work has returned, also at shutdown, where the work has to watch <paramref name="stoppingToken"/> itself.
    /// </summary>
    Task WhileLeadingAsync(Func<CancellationToken, Task> work, CancellationToken stoppingToken);
}
