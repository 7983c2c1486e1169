using System.Diagnostics;

namespace EndToEnd.Tests.Running;

/// <summary>Waits for what another process brings about.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    /// <summary>Asks until the answer is true.</summary>
    /// <exception cref="TimeoutException">It did not become true in time; the message is the explanation.</exception>
    public static async Task TrueAsync(Func<Task<bool>> condition, TimeSpan patience, Func<string> explain, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(started) > patience)
            {
                throw new TimeoutException(explain());
            }

            await Task.Delay(Interval, cancellationToken);
        }
    }
}
