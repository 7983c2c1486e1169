namespace Provisioning.Tests.ClusterDataSources;

/// <summary>
/// Kills the process under test at a chosen moment: every effect on the outside world passes here twice, before and after it happens, and
/// once dead, nothing works any more until <see cref="Restart"/>.
/// </summary>
internal sealed class Faults
{
    private int killAt = int.MaxValue;
    private bool isDead;

    /// <summary>How many moments there were since the last restart.</summary>
    public int Moments { get; private set; }

    /// <summary>The moment at which the process died; null: it lives.</summary>
    public string? DiedAt { get; private set; }

    public void KillAt(int moment) => killAt = moment;

    public void Restart()
    {
        Moments = 0;
        killAt = int.MaxValue;
        isDead = false;
        DiedAt = null;
    }

    public void Pass(string moment)
    {
        if (!isDead && Moments++ == killAt)
        {
            isDead = true;
            DiedAt = moment;
        }

        if (isDead)
        {
            throw new KilledException(moment);
        }
    }
}

/// <summary>The process was killed here.</summary>
internal sealed class KilledException(string moment) : Exception(moment);
