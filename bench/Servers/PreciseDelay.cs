using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Bench.Servers;

/// <summary>Waits for a millisecond. The runtime's timers follow the kernel's coarse clock, by which a millisecond may take more than four.</summary>
internal sealed class PreciseDelay
{
    private readonly BlockingCollection<(long Due, TaskCompletionSource Over)> waits = [];
    private readonly long duration;

    /// <param name="duration">The same for all waits.</param>
    public PreciseDelay(TimeSpan duration)
    {
        this.duration = (long)(duration.TotalSeconds * Stopwatch.Frequency);
        new Thread(EndWaits) { IsBackground = true }.Start();
    }

    /// <summary>Ends when the time is over.</summary>
    public Task WaitAsync()
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        waits.Add((Stopwatch.GetTimestamp() + duration, over));
        return over.Task;
    }

    private void EndWaits()
    {
        foreach (var (due, over) in waits.GetConsumingEnumerable())
        {
            var left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
            if (left > TimeSpan.Zero)
            {
                _ = Sleep((uint)left.TotalMicroseconds);
            }

            over.SetResult();
        }
    }

    [DllImport("libc", EntryPoint = "usleep"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Sleep(uint microseconds);
}
