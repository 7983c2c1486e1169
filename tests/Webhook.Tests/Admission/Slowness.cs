using System.Diagnostics;

namespace Webhook.Tests.Admission;

/// <summary>
/// Finds input that costs too much time, on machines that stand still now and then: slow is what is slow every time, which a pause of the
/// machine is not.
/// </summary>
internal static class Slowness
{
    private const int Tries = 5;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    /// <summary>Does it, and again while it takes longer than a second; fails when it does so five times. The result is the last one.</summary>
    public static async Task<T> NeverAsync<T>(Func<Task<T>> act, Func<string> describe)
    {
        for (var again = 1; ; again++)
        {
            var start = Stopwatch.GetTimestamp();
            var result = await act();
            if (Stopwatch.GetElapsedTime(start) <= Limit)
            {
                return result;
            }

            Assert.True(again < Tries, $"Longer than {Limit.TotalSeconds} s, {Tries} times: {describe()}");
            (result as IDisposable)?.Dispose();
        }
    }
}
